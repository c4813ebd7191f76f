/** Goal, money and controls in one line, when the deck has left the screen: neither is ever hidden. */
import { useTranslation } from "react-i18next";
import { Figure } from "@/ui/Figure";
import { GoalChart } from "@/ui/GoalChart";
import { LimitBar } from "@/ui/LimitBar";
import { isProven, pointsOf, useGoalWords } from "../goal";
import { useAmounts, useResource, type Room } from "../words";
import { ControlButtons } from "./Controls";

export function Strip({ room }: { room: Room }) {
  const { t } = useTranslation("autopilot");
  const { goal } = room;
  const amounts = useAmounts(goal.metric);
  const resource = useResource();
  const words = useGoalWords(goal.metric)(goal);
  const money = room.limits.find((limit) => limit.scope === "campaign" && limit.resource === "money");
  const proven = isProven(goal);
  return (
    <div className="strip">
      <GoalChart points={pointsOf(goal.looks)} target={goal.target} isProven={proven} until={Math.max(goal.rounds_planned, room.campaign.round)} description={words} width={120} height={34} />
      <Figure layout="beside" size="small" label={t("goal.estimate")} explain={t("goal.estimateExplain")} tone={proven ? "plain" : "muted"}>
        {goal.estimate === null ? "–" : t("strip.of", { value: amounts.say(goal.estimate), target: amounts.say(goal.target) })}
      </Figure>
      {goal.incremental && (
        <Figure layout="beside" size="small" label={t("goal.proven")} explain={words} tone={proven ? "good" : "muted"}>
          {proven ? amounts.proven(goal.proven_at_least ?? 0) : "–"}
        </Figure>
      )}
      {money && (
        <div className="strip-money">
          <LimitBar name={t("resource.money")} committed={money.committed} reserved={money.reserved} limit={money.limit} warnAt={money.warn_at} format={(value) => resource(value, "money")} compact />
        </div>
      )}
      <ControlButtons room={room} size="small" />
    </div>
  );
}
