/** The goal: both numbers, and the line that moves towards the dashed one. */
import { useTranslation } from "react-i18next";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { GoalChart } from "@/ui/GoalChart";
import { useIsDesk } from "@/ui/useIsDesk";
import { isProven, pointsOf, useGoalWords } from "../goal";
import { useAmounts, useChance, type Look, type Room } from "../words";

const HEIGHT = 332;
const PHONE_HEIGHT = 148;

export function GoalDeck({ room }: { room: Room }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const chance = useChance();
  const isDesk = useIsDesk();
  const { goal } = room;
  const amounts = useAmounts(goal.metric);
  const words = useGoalWords(goal.metric)(goal);
  const proven = isProven(goal);
  const extra = goal.incremental ? t("goal.extra", { unit: amounts.noun }) : amounts.noun;
  const told = (look: Look) =>
    t("goal.look", { round: look.round, estimate: amounts.say(look.estimate), proven: look.proven_at_least === null ? "–" : amounts.proven(Math.max(look.proven_at_least, 0)) });
  const interval = goal.interval && t("goal.interval", { low: amounts.say(goal.interval.low), high: amounts.say(goal.interval.high) });
  const coming = room.rounds.at(-1);
  const ahead =
    goal.incremental && goal.estimate !== null && goal.metric !== "conversion_rate" && coming?.forecast_effect && coming.estimate === null
      ? { at: coming.number, estimate: goal.estimate + coming.forecast_effect, told: t("goal.ahead", { round: coming.number, estimate: amounts.say(goal.estimate + coming.forecast_effect) }) }
      : undefined;
  const missing = Object.entries(goal.missing ?? {}).map(([kind, count]) => t(`missing.${kind}`, { count: Math.ceil(count), n: f.number(Math.ceil(count)) })); // keys: missing.*
  return (
    <section className="section goal-deck" aria-label={t("goal.title")}>
      <div className="goal-deck-figures">
        {isDesk && (
          <Figure size="large" label={t("goal.target")} explain={t("goal.targetExplain", { event: goal.event, when: f.date(goal.deadline) })} exact={`${amounts.exact(goal.target)} ${extra}`} note={extra}>
            {amounts.say(goal.target)}
          </Figure>
        )}
        <Figure size="large" label={t("goal.estimate")} tone={proven ? "plain" : "muted"} explain={t("goal.estimateExplain")} exact={goal.estimate === null ? undefined : amounts.exact(goal.estimate)} note={interval ?? (goal.estimate === null ? t("goal.nothingYet") : t("goal.noRange"))}>
          {goal.estimate === null ? "–" : amounts.say(goal.estimate)}
        </Figure>
        {goal.incremental && (
          <Figure size="large" label={t("goal.proven")} tone={proven ? "good" : "muted"} explain={proven ? words : t("goal.provenExplain")} note={proven ? t("goal.ofTarget", { share: f.percent((goal.proven_at_least ?? 0) / goal.target, 0) }) : t("goal.notProven")}>
            {proven ? amounts.proven(goal.proven_at_least ?? 0) : "–"}
          </Figure>
        )}
        {room.campaign.state !== "ended" && (
          <Figure size="large" label={t("goal.chance")} explain={t("goal.chanceExplain", { when: f.date(goal.deadline) })} note={t("goal.byDeadline", { when: f.date(goal.deadline) })}>
            {goal.chance_of_goal === null ? "–" : chance(goal.chance_of_goal)}
          </Figure>
        )}
      </div>
      <GoalChart
        detailed
        points={pointsOf(goal.looks, told)}
        target={goal.target}
        isProven={proven}
        until={Math.max(goal.rounds_planned, room.campaign.round)}
        description={words}
        format={amounts.say}
        height={isDesk ? HEIGHT : PHONE_HEIGHT}
        targetLabel={t("goal.line", { target: amounts.say(goal.target), unit: extra })}
        labels={{ estimate: t("goal.estimate"), proven: t("goal.proven"), at: t("col.round") }}
        {...(ahead && { ahead })}
      />
      <p className="goal-deck-words">
        {goal.looks.length === 0 ? t("goal.firstNumbers") : words}
        {missing.length > 0 && ` ${t("goal.missing", { parts: missing.join(t("and")) })}`}
        {goal.reason && goal.incremental && goal.looks.length > 0 && ` ${t(`proof.${goal.reason}`)}`}
        {/* keys: proof.* */}
      </p>
    </section>
  );
}
