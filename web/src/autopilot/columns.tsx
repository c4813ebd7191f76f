/** The columns of campaigns, wherever they are listed. */
import { Link } from "react-router";
import { useTranslation } from "react-i18next";
import { useCompany } from "@/ui/company";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { GoalChart } from "@/ui/GoalChart";
import { LimitBar } from "@/ui/LimitBar";
import type { Column } from "@/ui/RecordTable";
import { isProven, pointsOf, useGoalWords } from "./goal";
import { Status } from "./Status";
import { useAmounts, useChance, type CampaignRow } from "./words";

/** Sparkline and both numbers of one campaign. */
export function GoalCell({ row }: { row: CampaignRow }) {
  const { t } = useTranslation("autopilot");
  const amounts = useAmounts(row.metric);
  const words = useGoalWords(row.metric)(row);
  if (row.target === null) return <span className="soft">{t("list.noGoal")}</span>;
  const proven = isProven(row);
  return (
    <span className="goal-cell">
      <GoalChart points={pointsOf(row.looks)} target={row.target} isProven={proven} until={Math.max(row.rounds_planned, row.round)} description={words} width={88} height={28} />
      <Figure layout="bare" size="small" label={t("goal.estimate")} explain={words} tone={proven || row.estimate === null ? "plain" : "muted"}>
        {row.estimate === null ? t("list.aim", { target: amounts.say(row.target), unit: amounts.unit }) : t("strip.of", { value: amounts.say(row.estimate), target: amounts.say(row.target) })}
      </Figure>
    </span>
  );
}

export function MoneyCell({ row }: { row: CampaignRow }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const { money } = row;
  if (!money) return <span className="soft">{"–"}</span>;
  return (
    <span className="money-cell">
      <span className="money-cell-bar">
        <LimitBar compact name={t("resource.money")} committed={money.committed} reserved={money.reserved} limit={money.limit} warnAt={money.warn_at} format={f.money} />
      </span>
      <span className="tabular">{t("list.moneyOf", { spent: f.money(money.committed), limit: f.money(money.limit) })}</span>
    </span>
  );
}

export function ProvenCell({ row }: { row: CampaignRow }) {
  const { t } = useTranslation("autopilot");
  const amounts = useAmounts(row.metric);
  if (!row.incremental) return <span className="soft">{t("list.counted")}</span>;
  if (!isProven(row)) return <span className="soft">{row.estimate === null ? "–" : t("goal.notProven")}</span>;
  return <span className="proven-cell tabular">{amounts.proven(row.proven_at_least ?? 0)}</span>;
}

export function useCampaignColumns(): Column<CampaignRow>[] {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const chance = useChance();
  const { now } = useCompany();
  const when = (moment: string | null) => (moment ? <time dateTime={moment} title={f.moment(moment)}>{f.when(moment, now())}</time> : <span className="soft">{"–"}</span>);
  return [
    { key: "name", title: t("col.name"), sorter: true, render: (_, row) => <Link to={row.state === "draft" ? `/campaigns/${row.id}/edit` : `/campaigns/${row.id}`}>{row.name}</Link> },
    { key: "state", title: t("col.state"), render: (_, row) => <Status state={row.state} outcome={row.outcome} waitingFor={row.waiting_for} hasError={row.has_error} /> },
    { key: "goal", title: t("col.goal"), render: (_, row) => <GoalCell row={row} /> },
    { key: "proven", title: t("col.proven"), align: "right", render: (_, row) => <ProvenCell row={row} /> },
    { key: "money", title: t("col.money"), render: (_, row) => <MoneyCell row={row} /> },
    { key: "round", title: t("col.round"), align: "right", render: (_, row) => (row.launched_at ? <span className="tabular">{t("list.round", { round: row.round, of: Math.max(row.rounds_planned, row.round) })}</span> : "–") },
    { key: "launched", title: t("col.launched"), sorter: true, render: (_, row) => when(row.launched_at) },
    { key: "deadline", title: t("col.deadline"), isOptional: true, render: (_, row) => when(row.deadline) },
    { key: "created", title: t("col.created"), sorter: true, isOptional: true, render: (_, row) => when(row.created_at) },
    { key: "chance", title: t("goal.chance"), align: "right", isOptional: true, render: (_, row) => (row.chance_of_goal === null ? "–" : chance(row.chance_of_goal)) },
  ];
}
