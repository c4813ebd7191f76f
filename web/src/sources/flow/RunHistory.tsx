/** What the last run did with its rows, and all runs before it. */
import { useTranslation } from "react-i18next";
import { useCompany } from "@/ui/company";
import { Cut } from "@/ui/Cut";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { RecordTable, type Column } from "@/ui/RecordTable";
import { FailureNote } from "@/ui/States";
import { RunTag } from "../Health";
import { isOpen } from "../types";
import type { Part, RunState } from "./types";
import "../sources.css";

export const RUNS_PAGE = 20;

interface Props<One> {
  runs: { data: { items: One[]; next?: number | null; total: number } | undefined; error: unknown };
  /** The first is their sum. */
  parts: Part<One>[];
  more: Column<One>[];
  emptyText: string;
  exportTo?: string;
  onMore: () => void;
}

export function RunHistory<One extends RunState>({ runs, parts, more, emptyText, exportTo, onMore }: Props<One>) {
  const { t } = useTranslation("sources");
  const last = runs.data?.items[0];
  return (
    <>
      {last && <LastRun run={last} parts={parts} />}
      <RecordTable<One>
        name={t("runs.title")}
        columns={useColumns(parts, more)}
        rows={runs.data?.items}
        rowKey={(run) => run.id}
        error={runs.error}
        exportTo={exportTo}
        hasMore={typeof runs.data?.next === "number"}
        onMore={onMore}
        count={runs.data && t("runs.count", { count: runs.data.total })}
        empty={{ title: t("runs.empty"), text: emptyText }}
      />
    </>
  );
}

function LastRun<One extends RunState>({ run, parts }: { run: One; parts: Part<One>[] }) {
  const { t } = useTranslation("sources");
  const { number, exact } = useFormats();
  const summed = parts.slice(1).filter((part) => !part.isBeside);
  return (
    <Section title={isOpen(run) ? t("runs.now") : t("runs.last")} extra={<RunTag run={run} />}>
      {run.failure && (
        <div className="run-failure">
          <FailureNote failure={run.failure} />
        </div>
      )}
      <div className="run-figures">
        {parts.map((part) => (
          <Figure key={part.key} label={part.label} explain={part.explain} exact={exact(part.of(run))} size="large" tone={part.isBad && part.of(run) > 0 ? "attention" : "plain"}>
            {number(part.of(run))}
          </Figure>
        ))}
      </div>
      <div className="run-bar" aria-hidden="true">
        {summed.map((part) => (
          <span key={part.key} data-part={part.key} style={{ flexGrow: part.of(run) }} />
        ))}
      </div>
    </Section>
  );
}

function useColumns<One extends RunState>(parts: Part<One>[], more: Column<One>[]): Column<One>[] {
  const { t } = useTranslation("sources");
  const { when, number, moment, duration } = useFormats();
  const { now } = useCompany();
  const took = (run: One) => (run.started_at && run.finished_at ? duration(Math.max((Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000, 0)) : "");
  return [
    { key: "when", title: t("runs.when"), width: 130, render: (_, run) => <time dateTime={run.queued_at} title={moment(run.queued_at)}>{when(run.queued_at, now())}</time> },
    { key: "state", title: t("runs.state"), width: 110, render: (_, run) => <RunTag run={run} /> },
    ...more,
    ...parts.map((part): Column<One> => ({ key: part.key, title: part.label, width: 104, align: "right", render: (_, run) => number(part.of(run)) })),
    { key: "took", title: t("runs.took"), width: 110, isOptional: true, render: (_, run) => took(run) },
    { key: "why", title: t("runs.why"), render: (_, run) => run.failure && <span className="run-why"><Cut text={run.failure.message} width={280} /></span> },
  ];
}
