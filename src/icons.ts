import { LabIcon } from '@jupyterlab/ui-components';
import environmentsSvg from '../style/icons/environments.svg';

export const environmentsIcon = new LabIcon({
  name: 'jupyter-envstore:environments',
  svgstr: environmentsSvg
});
