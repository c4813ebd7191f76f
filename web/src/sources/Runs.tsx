/** What a connection's last run did, and all runs before it. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useCompany } from "@/ui/company";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { ErrorNote } from "@/ui/States";
import { ApiError } from "@/api/client";
import { RunTag } from "./Health";
import { isOpen, type Connection, type Run } from "./types";
import "./sources.css";

const PAGE = 20;
const PARTS = ["created", "changed", "same", "refused"] as const;
const LIVE_MS = 1500;

export function Runs({ connection }: { connection: Connection }) {
  const { t } = useTranslation("sources");
  const [limit, setLimit] = useState(PAGE);
  const params = { path: { connection_id: connection.id }, query: { limit } };
  const runs = api.useQuery("get", "/api/connections/{connection_id}/runs", { params }, { refetchInterval: isOpen(connection.last_run) ? LIVE_MS : false });
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
        exportTo={`/api/connections/${connection.id}/runs/export`}
        hasMore={typeof runs.data?.next === "number"}
        onMore={() => setLimit(limit + PAGE)}
        count={runs.data && t("runs.count", { count: runs.data.total })}
        empty={{ title: t("runs.empty"), text: t("runs.emptyText") }}
      />
    </>
  );
}

function LastRun({ run }: { run: Run }) {
  const { t } = useTranslation("sources");
  const { number, exact } = useFormats();
  return (
    <Section title={isOpen(run) ? t("runs.now") : t("runs.last")} extra={<RunTag run={run} />}>
      {run.failure && <ErrorNote error={new ApiError(503, { ...run.failure, code: run.failure.code })} />}
      <div className="run-figures">
        <Figure label={t("runs.read")} explain={t("runs.explain.read")} exact={exact(run.rows_read)} size="large">
          {number(run.rows_read)}
        </Figure>
        {PARTS.map((part) => (
          // keys: runs.created runs.changed runs.same runs.refused runs.explain.*
          <Figure key={part} label={t(`runs.${part}`)} explain={t(`runs.explain.${part}`)} exact={exact(run[`rows_${part}`])} size="large" tone={part === "refused" && run.rows_refused > 0 ? "attention" : "plain"}>
            {number(run[`rows_${part}`])}
          </Figure>
        ))}
      </div>
      <div className="run-bar" aria-hidden="true">
        {PARTS.map((part) => (
          <span key={part} data-part={part} style={{ flexGrow: run[`rows_${part}`] }} />
        ))}
      </div>
    </Section>
  );
}

function useColumns(): Column<Run>[] {
  const { t } = useTranslation("sources");
  const { when, number, moment, duration } = useFormats();
  const { now } = useCompany();
  const took = (run: Run) => (run.started_at && run.finished_at ? duration(Math.max((Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000, 0)) : "");
  return [
    { key: "when", title: t("runs.when"), width: 150, render: (_, run) => <time dateTime={run.queued_at} title={moment(run.queued_at)}>{when(run.queued_at, now())}</time> },
    // keys: kind.*
    { key: "kind", title: t("runs.kind"), width: 120, render: (_, run) => t(`kind.${run.kind}`) },
    { key: "state", title: t("runs.state"), width: 120, render: (_, run) => <RunTag run={run} /> },
    { key: "read", title: t("runs.read"), width: 100, align: "right", render: (_, run) => number(run.rows_read) },
    ...PARTS.map((part) => ({ key: part, title: t(`runs.${part}`), width: 100, align: "right" as const, render: (_: unknown, run: Run) => number(run[`rows_${part}`]) })),
    { key: "took", title: t("runs.took"), width: 110, isOptional: true, render: (_, run) => took(run) },
    { key: "why", title: t("runs.why"), render: (_, run) => run.failure && <span className="run-why">{run.failure.message}</span> },
  ];
}
