/** One connection: what it brought, how it is set up, how its rows are cleaned, what it refused. */
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { api } from "@/api/client";
import { Answer } from "@/ui/States";
import { ConnectionRules } from "./ConnectionRules";
import { FlowActions, FlowPage, RUN_LIVE_MS, useAfter, type Verbs } from "./flow/FlowPage";
import { RefusedTable } from "./RefusedTable";
import { Runs } from "./Runs";
import { SetUp } from "./SetUp";
import { isOpen, type Connection } from "./types";
import { useWay } from "./useWay";

export function Component() {
  const { id } = useParams();
  const path = { connection_id: Number(id) };
  const found = api.useQuery("get", "/api/connections/{connection_id}", { params: { path } }, { refetchInterval: (query) => (isOpen(query.state.data?.last_run) ? RUN_LIVE_MS : false) });
  return <Answer of={found}>{(connection) => <Shown connection={connection} />}</Answer>;
}

function Shown({ connection }: { connection: Connection }) {
  const { t } = useTranslation("sources");
  const way = useWay();
  const verbs = useVerbs(connection);
  const isReady = Object.keys(connection.mapping.columns).length > 0;
  const tabs = [
    { key: "runs", label: t("tab.runs"), children: <Runs connection={connection} /> },
    { key: "setup", label: t("tab.setup"), children: <SetUp key={connection.version} connection={connection} /> },
    { key: "cleaning", label: t("tab.cleaning"), children: <ConnectionRules key={connection.version} connection={connection} /> },
    { key: "refused", label: t("tab.refused"), waiting: connection.refused, children: <RefusedTable connection={connection} /> },
  ];
  const actions = <FlowActions one={connection} verbs={verbs} words={{ anew: t("menu.anew"), deleteText: t("delete.text") }} notReady={isReady ? undefined : t("menu.notReady")} />;
  return <FlowPage one={connection} way={way(connection)} help={<><p>{t("help.rows")}</p><p>{t("help.kill")}</p></>} actions={actions} tabs={tabs} first={isReady ? "runs" : "setup"} />;
}

function useVerbs(connection: Connection): Verbs {
  const params = { path: { connection_id: connection.id } };
  const { told, gone } = useAfter("/api/connections", "/sources");
  const run = api.useMutation("post", "/api/connections/{connection_id}/run", told);
  const pause = api.useMutation("post", "/api/connections/{connection_id}/pause", told);
  const resume = api.useMutation("post", "/api/connections/{connection_id}/resume", told);
  const cancel = api.useMutation("post", "/api/connections/runs/{run_id}/cancel", told);
  const remove = api.useMutation("delete", "/api/connections/{connection_id}", gone);
  return {
    run: (anew) => run.mutate({ params, body: { anew, replay: false } }),
    pause: () => pause.mutate({ params }),
    resume: () => resume.mutate({ params }),
    cancel: (runId) => cancel.mutate({ params: { path: { run_id: runId } } }),
    remove: () => remove.mutate({ params }),
  };
}
