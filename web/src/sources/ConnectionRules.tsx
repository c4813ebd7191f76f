/** The rules of one connection; their columns are the source's. */
import { App } from "antd";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { RulesEditor } from "./RulesEditor";
import type { Connection } from "./types";

export function ConnectionRules({ connection }: { connection: Connection }) {
  const { t } = useTranslation("sources");
  const { message } = App.useApp();
  const save = api.useMutation("patch", "/api/connections/{connection_id}", {
    onSuccess: () => {
      void refresh("/api/connections");
      void message.success(t("rules.saved"));
    },
  });
  const params = { path: { connection_id: connection.id } };
  return (
    <RulesEditor
      rules={connection.rules}
      meanings={connection.mapping.columns}
      connectionId={connection.id}
      onSave={(rules) => save.mutate({ params, body: { rules, version: connection.version } })}
      isSaving={save.isPending}
      saveError={save.error}
    />
  );
}
