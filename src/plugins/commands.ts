import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { ITranslator } from '@jupyterlab/translation';
import {
  checkIcon,
  deleteIcon,
  lockIcon,
  refreshIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import { isActive } from '../api/types';
import { CommandIDs } from '../commandIds';
import type { Permission } from '../model/permission';
import { IEnvStore, TRANSLATION_DOMAIN } from '../tokens';
import { failureReporter } from './failures';
import { denialFinder } from './guard';
import { BUILD_ARGS, PINNED_ARGS, TARGET_ARGS, TargetFinder } from './target';

/** The commands that change an environment or one of its builds. */
export const commands: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-envstore:commands',
  description: 'Commands that rebuild, cancel, switch and delete builds.',
  autoStart: true,
  requires: [IEnvStore, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    store: IEnvStore,
    translator: ITranslator
  ): void => {
    const registry = app.commands;
    const trans = translator.load(TRANSLATION_DOMAIN);
    const attempt = failureReporter(trans);
    const targets = new TargetFinder(app, store);
    const denial = denialFinder(store, trans);

    const isConfirmed = async (
      title: string,
      body: string,
      action: string
    ): Promise<boolean> => {
      const result = await showDialog({
        title,
        body,
        buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: action })],
        // Enter must not delete.
        defaultButton: 0
      });
      return result.button.accept;
    };

    registry.addCommand(CommandIDs.rebuild, {
      label: trans.__('Rebuild'),
      caption: args =>
        denial('environment::update', targets.find(args)) ??
        trans.__('Build the same specification once more'),
      icon: refreshIcon,
      describedBy: { args: BUILD_ARGS },
      isEnabled: args =>
        targets.buildId(args) !== null &&
        denial('environment::update', targets.find(args)) === null,
      execute: args =>
        attempt(trans.__('The rebuild cannot start'), async () => {
          const buildId = targets.buildId(args);
          if (buildId !== null) {
            const { namespace, name } = await store.rebuild(buildId);
            await registry.execute(CommandIDs.open, { namespace, name });
          }
        })
    });

    registry.addCommand(CommandIDs.cancel, {
      label: trans.__('Cancel Build'),
      caption: args =>
        denial('build::cancel', targets.find(args)) ??
        trans.__('Stop the build; what is current stays current'),
      icon: stopIcon,
      describedBy: { args: BUILD_ARGS },
      isEnabled: args => {
        const build = targets.environment(args)?.latest_build;
        const buildId = targets.buildId(args);
        return (
          buildId !== null &&
          denial('build::cancel', targets.find(args)) === null &&
          (build?.id !== buildId ||
            (isActive(build) && !build.cancel_requested))
        );
      },
      execute: args =>
        attempt(trans.__('The build cannot be canceled'), async () => {
          const target = targets.find(args);
          const buildId = targets.buildId(args);
          if (target !== null && buildId !== null) {
            const { namespace, name } = target;
            const outcome = await store.cancel(namespace, name, buildId);
            Notification.info(
              outcome || trans.__('Build %1 is being canceled.', buildId),
              { autoClose: 4000 }
            );
          }
        })
    });

    registry.addCommand(CommandIDs.makeCurrent, {
      label: trans.__('Make Current'),
      caption: args =>
        denial('environment::update', targets.find(args)) ??
        trans.__('Let new kernels use this build'),
      icon: checkIcon,
      describedBy: { args: BUILD_ARGS },
      isEnabled: args =>
        targets.find(args)?.buildId !== undefined &&
        denial('environment::update', targets.find(args)) === null,
      execute: args =>
        attempt(trans.__('The build cannot be made current'), async () => {
          const target = targets.find(args);
          if (target?.buildId !== undefined) {
            const { namespace, name, buildId } = target;
            const before = targets.environment(args)?.published_build?.id;
            await store.switchTo(namespace, name, buildId);
            Notification.success(
              trans.__('Build %1 of %2 is current.', buildId, name),
              {
                autoClose: 10000,
                actions: before
                  ? [
                      {
                        label: trans.__('Undo'),
                        callback: () =>
                          void attempt(
                            trans.__('The build cannot be made current'),
                            () => store.switchTo(namespace, name, before)
                          )
                      }
                    ]
                  : []
              }
            );
          }
        })
    });

    registry.addCommand(CommandIDs.deleteBuild, {
      label: trans.__('Delete Build'),
      caption: args =>
        denial('build::delete', targets.find(args)) ??
        (args.isPinned === true
          ? trans.__('It is pinned: take the pin off before you delete it')
          : trans.__('Remove this build from the disk')),
      icon: deleteIcon,
      describedBy: { args: PINNED_ARGS },
      isEnabled: args =>
        targets.find(args)?.buildId !== undefined &&
        args.isPinned !== true &&
        denial('build::delete', targets.find(args)) === null,
      execute: args =>
        attempt(trans.__('The build cannot be deleted'), async () => {
          const target = targets.find(args);
          if (target?.buildId === undefined) {
            return;
          }
          const { name, buildId } = target;
          const build = await store.build(buildId).catch(() => null);
          const { deletionText, refuseIfKept } = await import(
            /* webpackChunkName: "documents" */ '../detail/deletion'
          );
          await refuseIfKept(target, build ? [build] : [], store, trans);
          const agreed = await isConfirmed(
            trans.__('Delete build %1 of %2?', buildId, name),
            deletionText(buildId, name, build, trans),
            trans.__('Delete Build')
          );
          if (agreed) {
            await store.deleteBuild(buildId);
          }
        })
    });

    const addPinCommand = (
      id: string,
      permission: Permission,
      pin: (buildId: number) => Promise<void>,
      texts: { label: string; caption: string; failure: string }
    ): void => {
      registry.addCommand(id, {
        label: texts.label,
        caption: args =>
          denial(permission, targets.find(args)) ?? texts.caption,
        icon: lockIcon,
        describedBy: { args: BUILD_ARGS },
        isEnabled: args =>
          targets.chosenId(args) !== undefined &&
          denial(permission, targets.find(args)) === null,
        execute: args =>
          attempt(texts.failure, async () => {
            const buildId = targets.chosenId(args);
            if (buildId !== undefined) {
              await pin(buildId);
            }
          })
      });
    };
    addPinCommand(CommandIDs.pin, 'build::delete', id => store.pin(id, true), {
      label: trans.__('Pin Build'),
      caption: trans.__('Keep the build from deletion and clean-up'),
      failure: trans.__('The build cannot be pinned')
    });
    addPinCommand(
      CommandIDs.unpin,
      'build::delete',
      id => store.pin(id, false),
      {
        label: trans.__('Unpin Build'),
        caption: trans.__('Let the build be deleted and cleaned up again'),
        failure: trans.__('The pin cannot be taken off')
      }
    );
    const update = 'environment::update';
    addPinCommand(
      CommandIDs.pinKernel,
      update,
      id => store.pinKernel(id, true),
      {
        label: trans.__('Pin Kernel'),
        caption: trans.__(
          'Offer the kernel of this build to notebooks, whichever build is current'
        ),
        failure: trans.__('The kernel cannot be pinned')
      }
    );
    addPinCommand(
      CommandIDs.unpinKernel,
      update,
      id => store.pinKernel(id, false),
      {
        label: trans.__('Unpin Kernel'),
        caption: trans.__('Take the kernel of this build away from notebooks'),
        failure: trans.__('The kernel cannot be taken away')
      }
    );

    registry.addCommand(CommandIDs.deleteEnvironment, {
      label: trans.__('Delete Environment'),
      caption: args =>
        denial('environment::delete', targets.find(args)) ??
        trans.__('Remove the environment and all its builds'),
      icon: deleteIcon,
      describedBy: { args: TARGET_ARGS },
      isEnabled: args =>
        targets.environment(args) !== null &&
        denial('environment::delete', targets.find(args)) === null,
      execute: args =>
        attempt(trans.__('The environment cannot be deleted'), async () => {
          const target = targets.find(args);
          if (target === null) {
            return;
          }
          const { namespace, name } = target;
          const builds = await store.buildsOf(namespace, name).catch(() => []);
          const { refuseIfKept } = await import(
            /* webpackChunkName: "documents" */ '../detail/deletion'
          );
          await refuseIfKept({ namespace, name }, builds, store, trans);
          const agreed = await isConfirmed(
            trans.__('Delete environment %1?', name),
            trans.__(
              'The environment %1 of namespace %2, all its builds and its kernel are removed from the disk. Notebooks stay, and need another kernel.',
              name,
              namespace
            ),
            trans.__('Delete Environment')
          );
          if (agreed) {
            await store.deleteEnvironment(namespace, name);
          }
        })
    });
  }
};
