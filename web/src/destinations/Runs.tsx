/** What an export's last run did, and all runs before it. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError } from "@/api/client";
import { RunTag } from "@/sources/Health";
import { isOpen } from "@/sources/types";
import { useCompany } from "@/ui/company";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { ErrorNote } from "@/ui/States";
import type { Export, Run } from "./types";

const PAGE = 20;
const PARTS = ["read", "written", "same", "refused", "removed"] as const;
const LIVE_MS = 1500;

export function Runs({ one }: { one: Export }) {
  const { t } = useTranslation("destinations");
  const [limit, setLimit] = useState(PAGE);
  const params = { path: { export_id: one.id }, query: { limit } };
  const runs = api.useQuery("get", "/api/exports/{export_id}/runs", { params }, { refetchInterval: isOpen(one.last_run) ? LIVE_MS : false });
  const last = runs.data?.items[0];
  return (
    <>
      {last && <LastRun run={last} />}
      <RecordTable<Run>
        name={t("runs.title")}
        columns={useColumns()}
        rows={runs.data?.items}
        rowKey={(run) => run.id}
        error={runs.error}
        hasMore={typeof runs.data?.next === "number"}
        onMore={() => setLimit(limit + PAGE)}
        count={runs.data && t("runs.count", { count: runs.data.total })}
        empty={{ title: t("runs.empty"), text: t("runs.emptyText") }}
      />
    </>
  );
}

function LastRun({ run }: { run: Run }) {
  const { t } = useTranslation("destinations");
  const { number, exact } = useFormats();
  return (
    <Section title={isOpen(run) ? t("runs.now") : t("runs.last")} extra={<RunTag run={run} />}>
      {run.failure && <ErrorNote error={new ApiError(503, { ...run.failure, code: run.failure.code })} />}
      <div className="destination-figures">
        {PARTS.map((part) => (
          // keys: runs.read runs.written runs.same runs.refused runs.removed runs.explain.*
          <Figure key={part} label={t(`runs.${part}`)} explain={t(`runs.explain.${part}`)} exact={exact(run[`rows_${part}`])} size="large" tone={part === "refused" && run.rows_refused > 0 ? "attention" : "plain"}>
            {number(run[`rows_${part}`])}
          </Figure>
        ))}
      </div>
    </Section>
  );
}

function useColumns(): Column<Run>[] {
  const { t } = useTranslation("destinations");
  const { when, number, moment } = useFormats();
  const { now } = useCompany();
  return [
    { key: "when", title: t("runs.when"), width: 150, render: (_, run) => <time dateTime={run.queued_at} title={moment(run.queued_at)}>{when(run.queued_at, now())}</time> },
    { key: "state", title: t("runs.state"), width: 120, render: (_, run) => <RunTag run={run} /> },
    ...PARTS.map((part) => ({ key: part, title: t(`runs.${part}`), width: 110, align: "right" as const, render: (_: unknown, run: Run) => number(run[`rows_${part}`]) })),
    { key: "why", title: t("runs.why"), render: (_, run) => run.failure && <span className="destination-why">{run.failure.message}</span> },
  ];
}
