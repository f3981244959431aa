import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commandIds';
import type { FollowedBuilds } from '../model/followed';
import { IEnvStore, PLUGIN_ID, TRANSLATION_DOMAIN } from '../tokens';

/** Tells of the end of builds that this tab asked for, and of no others. */
export const notifications: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:notifications',
  description: 'Tells when a build that was asked for here has ended.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  optional: [ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator,
    settings: ISettingRegistry | null
  ): void => {
    const { commands } = app;
    const trans = translator.load(TRANSLATION_DOMAIN);

    const isWanted = async (): Promise<boolean> => {
      try {
        const loaded = await settings?.load(PLUGIN_ID);
        return loaded?.get('notifications').composite !== false;
      } catch {
        return true;
      }
    };

    const tell = ({
      buildId,
      namespace,
      name,
      status
    }: FollowedBuilds.IEnded): void => {
      const target = { namespace, name };
      const open = (label: string): Notification.IAction => ({
        label,
        callback: () =>
          void commands.execute(CommandIDs.open, { ...target, buildId })
      });
      if (status === 'COMPLETED') {
        Notification.success(
          trans.__('%1 is ready (build %2).', name, buildId),
          {
            autoClose: 8000,
            actions: [
              {
                label: trans.__('New Notebook'),
                displayType: 'accent',
                callback: () =>
                  void commands.execute(CommandIDs.newNotebook, target)
              },
              open(trans.__('Open'))
            ]
          }
        );
      } else if (status === 'FAILED') {
        Notification.error(trans.__('Build %1 of %2 failed.', buildId, name), {
          autoClose: false,
          actions: [open(trans.__('Show'))]
        });
      }
    };

    store.followed.ended.connect(async (_, ended) => {
      if (await isWanted()) {
        tell(ended);
      }
    });
  }
};
