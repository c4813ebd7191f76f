/** After a change: what was done, and a way to take it back while it is fresh; where that fails, why. */
import { App, Button } from "antd";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote } from "@/ui/States";

const SECONDS = 12;
let last = 0;

export function useUndo(): (done: string, undo: () => Promise<unknown>) => void {
  const { t } = useTranslation("facts");
  const { notification } = App.useApp();
  return useCallback(
    (done, undo) => {
      const key = `undo-${++last}`;
      const back = () => {
        notification.destroy(key);
        undo().catch((error: unknown) => notification.error({ title: t("undoFailed"), description: <ErrorNote error={error} />, placement: "bottomRight" }));
      };
      const action = (
        <Button size="small" onClick={back}>
          {t("undo")}
        </Button>
      );
      notification.success({ key, title: done, actions: action, duration: SECONDS, placement: "bottomRight" });
    },
    [notification, t],
  );
}
