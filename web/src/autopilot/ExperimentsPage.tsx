/** The experiment inside each campaign: sent against held back, both numbers, and whether they can be trusted. */
import { CheckCircleOutlined, ClockCircleOutlined, ExclamationCircleOutlined, WarningOutlined } from "@ant-design/icons";
import { Input, Segmented } from "antd";
import { useDeferredValue, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, refresh } from "@/api/client";
import { useLive } from "@/api/live";
import type { components } from "@/api/schema";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { GoalChart } from "@/ui/GoalChart";
import { LinkButton } from "@/ui/LinkButton";
import { Page } from "@/ui/Page";
import { Answer, EmptyState } from "@/ui/States";
import { Intervals } from "./Intervals";
import { isProven, pointsOf, useGoalWords } from "./goal";
import { ArmBars } from "./room/Arms";
import { Status } from "./Status";
import { useAmounts, useFigures } from "./words";
import "./room/room.css";
import "./lists.css";

type Row = components["schemas"]["ExperimentRow"];
type Level = Row["health"];
const ICONS: Record<Level, ReactNode> = { good: <CheckCircleOutlined />, attention: <WarningOutlined />, stop: <ExclamationCircleOutlined />, waiting: <ClockCircleOutlined /> };

function Findings({ row }: { row: Row }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const figures = useFigures(row.metric);
  return (
    <ul className="findings">
      {row.findings.map((finding) => {
        const code = finding.code.replaceAll(".", "_");
        const numbers = finding.numbers ?? {};
        const shares = Object.fromEntries(["expected", "observed"].filter((name) => numbers[name] !== undefined).map((name) => [name, f.percent(numbers[name] ?? 0)]));
        return (
          <li key={finding.code} data-level={finding.level}>
            <span aria-hidden>{ICONS[finding.level]}</span>
            <span>
              {t(`finding.${code}`, { ...figures(finding), ...shares })} <span className="findings-remedy">{t(`remedy.${code}`)}</span>
            </span>
            {/* keys: finding.*, remedy.* */}
          </li>
        );
      })}
    </ul>
  );
}

function Experiment({ row, lifts }: { row: Row; lifts: readonly number[] }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const amounts = useAmounts(row.metric);
  const aim = { ...row, incremental: row.verdict !== "counted" };
  const words = useGoalWords(row.metric)(aim);
  const proven = isProven(aim);
  const unproven = row.verdict === "not enough data" ? t("experiment.tooLittle") : t("goal.notProven");
  return (
    <section className="section experiment" aria-label={row.campaign}>
      <div className="experiment-head">
        <h2>
          <Link to={`/campaigns/${row.campaign_id}`}>{row.campaign}</Link>
        </h2>
        <Status state={row.state} outcome={row.outcome} />
        <span className="soft">{t("experiment.design", { holdOut: f.percent(row.hold_out, 0), ghost: f.percent(row.ghost_share, 0), alpha: f.percent(row.alpha, 0) })}</span>
      </div>
      <div className="experiment-body">
        <div>
          <GoalChart points={pointsOf(row.looks)} target={row.target} isProven={proven} description={words} width={230} height={72} />
          <div className="experiment-numbers">
            <Figure size="normal" label={t("goal.estimate")} explain={words} tone={proven ? "plain" : "muted"} note={row.interval ? t("goal.interval", { low: amounts.say(row.interval.low), high: amounts.say(row.interval.high) }) : undefined}>
              {row.estimate === null ? "–" : amounts.say(row.estimate)}
            </Figure>
            <Figure size="normal" label={t("goal.proven")} explain={proven ? words : t("goal.provenExplain")} tone={proven ? "good" : "muted"}>
              {proven ? amounts.proven(row.proven_at_least ?? 0) : unproven}
            </Figure>
          </div>
          <Lift row={row} proven={proven} lifts={lifts} />
        </div>
        <div>{row.arms ? <ArmBars arms={row.arms} /> : <p className="soft">{t("experiment.notYet")}</p>}</div>
        <Findings row={row} />
      </div>
    </section>
  );
}

/** The lift with its likely range as a small picture, on one scale for all on the page; nothing is drawn before it can be said. */
function Lift({ row, proven, lifts }: { row: Row; proven: boolean; lifts: readonly number[] }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  if (row.lift === null || row.lift_interval === null) return null;
  const told = { name: row.campaign, lift: f.percent(row.lift, 0), low: f.percent(row.lift_interval.low, 0), high: f.percent(row.lift_interval.high, 0) };
  return (
    <div className="experiment-lift">
      <Figure size="normal" label={t("compare.lift")} explain={t("compareExplain.lift")} tone={proven ? "plain" : "muted"} note={t("compare.span", told)}>
        {told.lift}
      </Figure>
      <Intervals beside={lifts} rows={[{ key: row.campaign_id, name: "", low: row.lift_interval.low, middle: row.lift, high: row.lift_interval.high, isProven: proven, words: t("compare.liftWords", told) }]} />
    </div>
  );
}

function liftsOf(rows: readonly Row[]): number[] {
  return rows.flatMap((row) => (row.lift_interval ? [row.lift_interval.low, row.lift_interval.high] : []));
}

export function Component() {
  const { t } = useTranslation("autopilot");
  const [state, setState] = useState<"all" | "running" | "paused" | "ended">("all");
  const [text, setText] = useState("");
  const q = useDeferredValue(text.trim());
  const query = { q, limit: 50, ...(state !== "all" && { state: [state] }) };
  const asked = api.useQuery("get", "/api/experiments", { params: { query } }, { placeholderData: (old) => old });
  useLive(["campaigns"], () => void refresh("/api/experiments"));
  const help = ["arms", "proof", "ratio", "echo"].map((part) => <p key={part}>{t(`help.experiments.${part}`)}</p>); // keys: help.experiments.*
  return (
    <Page title={t("experiment.title")} lead={t("experiment.lead")} help={help}>
      <div className="list-bar">
        <Segmented aria-label={t("list.state")} value={state} onChange={setState} options={(["all", "running", "paused", "ended"] as const).map((value) => ({ value, label: value === "all" ? t("list.all") : t(`state.${value}`) }))} />
        <Input className="list-search" allowClear placeholder={t("list.search")} aria-label={t("list.search")} value={text} onChange={(event) => setText(event.target.value)} />
      </div>
      <Answer of={asked} rows={10}>
        {(page) => {
          const lifts = liftsOf(page.items);
          return page.items.length === 0 ? (
            <EmptyState title={q || state !== "all" ? t("list.noneFit") : t("experiment.none")} action={<LinkButton to="/campaigns">{t("campaigns")}</LinkButton>}>
              {q || state !== "all" ? t("list.noneFitText") : t("experiment.noneText")}
            </EmptyState>
          ) : (
            <div className="experiments">
              {page.items.map((row) => (
                <Experiment key={row.campaign_id} row={row} lifts={lifts} />
              ))}
            </div>
          );
        }}
      </Answer>
    </Page>
  );
}
