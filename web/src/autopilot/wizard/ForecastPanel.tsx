/** The forecast, always in sight: chance, picture, cost, messages and time as ranges, what binds, what it stands on. */
import { Figure } from "@/ui/Figure";
import { useFormats, type Formats } from "@/ui/formats";
import { GoalChart } from "@/ui/GoalChart";
import { ErrorNote, Loading } from "@/ui/States";
import { useTranslation } from "react-i18next";
import { useGoalFormat } from "./amounts";
import { AssumptionsNote } from "./AssumptionsNote";
import { useWizard } from "./context";
import { OutcomeBar } from "./OutcomeBar";
import { useForecast, type Asked, type Forecast, type ForecastAnswer } from "./useAnswers";

const NEAR = 0.005;
const LIKELY = 0.8;

export function ForecastPanel() {
  const { draft } = useWizard();
  const answer = useForecast(draft);
  return <ForecastBody answer={answer} />;
}

export function ForecastBody({ answer }: { answer: Asked<ForecastAnswer> }) {
  const { t } = useTranslation("wizard");
  const { data, error, isPending, isPlaceholderData, refetch } = answer;
  if (isPending) return <Loading rows={8} />;
  if (!data) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (!data.forecast || !data.assumptions) return <Lacking />;
  return (
    <div className="forecast" data-stale={isPlaceholderData} aria-busy={isPlaceholderData}>
      <h2>{t("forecast.title")}</h2>
      <Chance forecast={data.forecast} />
      <Fan forecast={data.forecast} />
      <OutcomeBar outcomes={data.forecast.outcomes} />
      <Ranges forecast={data.forecast} />
      <Bindings forecast={data.forecast} />
      <AssumptionsNote assumptions={data.assumptions} forecast={data.forecast} />
    </div>
  );
}

/** Nothing to forecast yet: the picture that will stand here, and what it waits for. */
function Lacking() {
  const { t } = useTranslation("wizard");
  const { draft } = useWizard();
  const missing = draft.problems.filter((problem) => problem.kind !== "warning" && problem.field !== "name");
  return (
    <div className="forecast">
      <h2>{t("forecast.title")}</h2>
      <GoalChart points={[{ at: 0, estimate: 0, proven: null }, { at: 1, estimate: 0.25, proven: null }]} target={1} width={320} height={120} description={t("forecast.empty")} />
      <p className="wizard-hint">{t("forecast.waits")}</p>
      <ul className="forecast-waits">
        {missing.slice(0, 6).map((problem) => (
          <li key={problem.field}>{problem.message}</li>
        ))}
      </ul>
    </div>
  );
}

export function shownChance(chance: number, formats: Formats): string {
  if (chance > 0 && chance < NEAR) return `< ${formats.percent(0.01, 0)}`;
  return chance < 1 && chance > 1 - NEAR ? `> ${formats.percent(0.99, 0)}` : formats.percent(chance, 0);
}

function Chance({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation("wizard");
  const { spec } = useWizard();
  const formats = useFormats();
  return (
    <div className="forecast-chance">
      <Figure
        label={t("forecast.chance")}
        explain={t("forecast.chanceText", { futures: formats.exact(forecast.futures) })}
        size="large"
        tone={forecast.chance_of_goal >= LIKELY ? "good" : "plain"}
      >
        {shownChance(forecast.chance_of_goal, formats)}
      </Figure>
      {spec.goal.incremental && (
        <Figure label={t("forecast.reached")} explain={t("forecast.reachedText")} tone="muted">
          {shownChance(forecast.chance_reached, formats)}
        </Figure>
      )}
    </div>
  );
}

function Fan({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation("wizard");
  const { spec } = useWizard();
  const formats = useFormats();
  const goal = useGoalFormat();
  const fan = forecast.fan;
  const last = fan.at(-1);
  if (!last) return null;
  const every = Math.ceil(fan.length / 6);
  const points = fan.map((point) => ({
    at: point.round,
    estimate: point.estimate.mid,
    proven: point.estimate.low,
    upper: point.estimate.high,
    label: (point.round - 1) % every === 0 ? String(point.round) : "",
  }));
  const words = t("forecast.fan", {
    rounds: fan.length,
    low: goal(last.estimate.low),
    mid: goal(last.estimate.mid),
    high: goal(last.estimate.high),
    target: goal(spec.goal.target ?? 0),
    date: formats.date(last.measured_at),
  });
  return (
    <figure className="forecast-fan">
      <GoalChart points={points} target={spec.goal.target ?? 0} description={words} width={336} height={170} detailed format={goal} until={forecast.rounds} />
      <figcaption>{t("forecast.fanCaption")}</figcaption>
    </figure>
  );
}

function Ranges({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation("wizard");
  const formats = useFormats();
  const goal = useGoalFormat();
  const days = (value: number) => t("unit.days", { count: Math.round(value) });
  const rows = [
    { key: "cost", range: forecast.cost, format: (value: number) => formats.money(value), label: t("forecast.cost"), explain: t("forecast.costText") },
    { key: "messages", range: forecast.messages, format: (value: number) => formats.number(Math.round(value)), label: t("forecast.messages"), explain: t("forecast.messagesText") },
    { key: "days", range: forecast.days, format: days, label: t("forecast.days"), explain: t("forecast.daysText") },
    { key: "increment", range: forecast.increment, format: goal, label: t("forecast.increment"), explain: t("forecast.incrementText") },
  ];
  return (
    <dl className="forecast-ranges">
      {rows.map(({ key, range, format, label, explain }) => (
        <div key={key}>
          <dt>{label}</dt>
          <dd>
            <Figure label={label} explain={`${explain} ${t("forecast.range", { low: format(range.low), high: format(range.high) })}`} layout="bare">
              {format(range.mid)}
            </Figure>
            <span className="forecast-span">{t("forecast.between", { low: format(range.low), high: format(range.high) })}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Runs of rounds that the same thing holds back, in words. */
function Bindings({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation("wizard");
  const runs: { bound: string; from: number; to: number }[] = [];
  for (const { round, bound } of forecast.bindings) {
    const last = runs.at(-1);
    if (last?.bound === bound) last.to = round;
    else runs.push({ bound, from: round, to: round });
  }
  // keys: bound.*
  return (
    <ul className="forecast-bounds">
      {runs.slice(0, 4).map(({ bound, from, to }) => (
        <li key={from}>{from === to ? t(`bound.${bound}`, { rounds: t("forecast.oneRound", { from }) }) : t(`bound.${bound}`, { rounds: t("forecast.rounds", { from, to }) })}</li>
      ))}
    </ul>
  );
}
