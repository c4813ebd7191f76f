/** One round in four parts, each in short sentences. */
import { useTranslation } from "react-i18next";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { useAmounts, useBoundName, useFigures, type Metric, type RoundView } from "../words";
import { actorName } from "./Refusal";

const NO_GAP = 0.0005;

function Part({ title, lines }: { title: string; lines: (string | false | null)[] }) {
  const said = lines.filter((line): line is string => Boolean(line));
  if (said.length === 0) return null;
  return (
    <div className="round-part">
      <h3>{title}</h3>
      <ul>
        {said.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}

export function RoundDetail({ round, metric }: { round: RoundView; metric: Metric }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const { now } = useCompany();
  const amounts = useAmounts(metric);
  const figures = useFigures(metric);
  const bound = useBoundName();
  const n = (value: number) => f.number(value);
  const segments = Object.entries(round.segments ?? {}).toSorted(([, a], [, b]) => b - a);
  const refused = Object.entries(round.refused ?? {});
  const { unit } = amounts;
  return (
    <div className="round-parts">
      {/* keys: segment.*, personalisation.*, note.*, why.*, refused.*, told.* */}
      <Part
        title={t("rounds.seen")}
        lines={[
          round.audience > 0 && t("rounds.audience", { count: round.audience, n: n(round.audience), reachable: n(round.reachable) }),
          round.base_rate !== null && t("rounds.baseRate", { share: f.percent(round.base_rate) }),
          segments.length > 0 && segments.slice(0, 4).map(([name, count]) => `${t(`segment.${name}`)} ${n(count)}`).join(" · "),
        ]}
      />
      <Part
        title={t("rounds.decided")}
        lines={[
          round.decided > 0 && t("rounds.choice", { toSend: n(round.to_send), none: n(round.none), heldBack: n(round.held_out + round.ghost) }),
          round.forecast_effect !== null && t("rounds.forecast", { gain: amounts.say(round.forecast_effect), money: f.money(round.forecast_cost ?? 0), unit }),
          round.need !== null && round.need > 0 && t("rounds.need", { gain: amounts.say(round.need), unit }),
          round.personalisation && t(`personalisation.${round.personalisation.replaceAll(" ", "_")}`),
          round.approved_by && round.approved_by !== "automatic" && t("rounds.approved", { who: actorName(round.approved_by) }),
          ...round.notes.map((note) => (note.code === "text" ? (note.names?.["text"] ?? "") : t(`note.${note.code}`, figures(note)))),
        ]}
      />
      <Part
        title={t("rounds.bound")}
        lines={[
          round.decided > 0 && (round.bound.length > 0 ? t("rounds.boundBy", { names: round.bound.map(bound).join(t("and")) }) : t("rounds.boundByNone")),
          round.gap !== null && (round.gap < NO_GAP ? t("rounds.noGap") : t("rounds.gap", { share: f.percent(round.gap) })),
          ...refused.map(([reason, count]) => t("rounds.refused", { n: n(count), reason: t(`refused.${reason}`, { defaultValue: reason }) })),
        ]}
      />
      <Part
        title={t("rounds.came")}
        lines={[
          round.converted !== null && t("rounds.converted", { count: round.converted, n: n(round.converted), money: f.money(round.revenue ?? 0) }),
          round.redeemed !== null && round.redeemed > 0 && t("rounds.redeemed", { count: round.redeemed, n: n(round.redeemed) }),
          round.estimate !== null && t("rounds.soFar", { estimate: amounts.say(round.estimate), proven: round.proven_at_least === null ? "–" : amounts.proven(Math.max(round.proven_at_least, 0)), unit }),
          round.reason !== "" && t(`why.${round.reason.replaceAll(":", "_")}`),
          round.converted === null && round.measure_at !== null && t("rounds.measured", { when: f.when(round.measure_at, now()) }),
        ]}
      />
      <Part title={t("rounds.told")} lines={round.told.map((one) => t(`told.${one.verb}`, { who: actorName(one.actor), when: f.when(one.at, now()), what: one.names.map((name) => t(`part.${name}`)).join(", ") }))} />
    </div>
  );
}
