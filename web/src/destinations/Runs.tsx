/** What an export's last run did, and all runs before it. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { RUN_LIVE_MS } from "@/sources/flow/FlowPage";
import { RunHistory, RUNS_PAGE } from "@/sources/flow/RunHistory";
import type { Part } from "@/sources/flow/types";
import { isOpen } from "@/sources/types";
import type { Export, Run } from "./types";

const PARTS = ["read", "written", "same", "refused", "removed"] as const;

export function Runs({ one }: { one: Export }) {
  const { t } = useTranslation("destinations");
  const [limit, setLimit] = useState(RUNS_PAGE);
  const params = { path: { export_id: one.id }, query: { limit } };
  const runs = api.useQuery("get", "/api/exports/{export_id}/runs", { params }, { refetchInterval: isOpen(one.last_run) ? RUN_LIVE_MS : false });
  // keys: runs.read runs.written runs.same runs.refused runs.removed runs.explain.*
  const parts = PARTS.map((key): Part<Run> => ({ key, label: t(`runs.${key}`), explain: t(`runs.explain.${key}`), of: (run) => run[`rows_${key}`], isBad: key === "refused", isBeside: key === "removed" }));
  return <RunHistory<Run> runs={runs} parts={parts} more={[]} emptyText={t("runs.emptyText")} onMore={() => setLimit(limit + RUNS_PAGE)} />;
}
