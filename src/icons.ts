import { LabIcon } from '@jupyterlab/ui-components';
import cleanupSvg from '../style/icons/cleanup.svg';
import environmentsSvg from '../style/icons/environments.svg';

export const environmentsIcon = new LabIcon({
  name: 'jupyter-envstore:environments',
  svgstr: environmentsSvg
});

export const cleanupIcon = new LabIcon({
  name: 'jupyter-envstore:cleanup',
  svgstr: cleanupSvg
});
