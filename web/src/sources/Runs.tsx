/** What a connection's last run did, and all runs before it. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Column } from "@/ui/RecordTable";
import { RUN_LIVE_MS } from "./flow/FlowPage";
import { RunHistory, RUNS_PAGE } from "./flow/RunHistory";
import type { Part } from "./flow/types";
import { isOpen, type Connection, type Run } from "./types";

const PARTS = ["read", "created", "changed", "same", "refused"] as const;

export function Runs({ connection }: { connection: Connection }) {
  const { t } = useTranslation("sources");
  const [limit, setLimit] = useState(RUNS_PAGE);
  const params = { path: { connection_id: connection.id }, query: { limit } };
  const runs = api.useQuery("get", "/api/connections/{connection_id}/runs", { params }, { refetchInterval: isOpen(connection.last_run) ? RUN_LIVE_MS : false });
  // keys: runs.read runs.created runs.changed runs.same runs.refused runs.explain.*
  const parts = PARTS.map((key): Part<Run> => ({ key, label: t(`runs.${key}`), explain: t(`runs.explain.${key}`), of: (run) => run[`rows_${key}`], isBad: key === "refused" }));
  // keys: kind.*
  const kind: Column<Run> = { key: "kind", title: t("runs.kind"), width: 110, render: (_, run) => t(`kind.${run.kind}`) };
  return <RunHistory<Run> runs={runs} parts={parts} more={[kind]} emptyText={t("runs.emptyText")} exportTo={`/api/connections/${connection.id}/runs/export`} onMore={() => setLimit(limit + RUNS_PAGE)} />;
}
