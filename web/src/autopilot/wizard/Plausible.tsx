/** Can this goal be reached and proven with this audience, budget and hold-out? If not: what would have to change. */
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/ui/formats";
import { useGoalFormat } from "./amounts";
import { useWizard } from "./context";
import type { Value } from "./spec";
import { useJudgement, type Alternative, type Judgement } from "./useAnswers";

export function Plausible() {
  const { t } = useTranslation("wizard");
  const { draft } = useWizard();
  const { data, isPlaceholderData } = useJudgement(draft);
  const judgement = data?.plausibility;
  return (
    <div className="wizard-judgement" data-verdict={judgement?.verdict ?? "open"} data-stale={isPlaceholderData} aria-live="polite">
      {judgement ? <Judged judgement={judgement} /> : <p className="wizard-hint">{t("plausible.open")}</p>}
    </div>
  );
}

function Judged({ judgement }: { judgement: Judgement }) {
  const { t } = useTranslation("wizard");
  const { spec } = useWizard();
  const formats = useFormats();
  const goal = useGoalFormat();
  const values = {
    chance: formats.percent(judgement.chance, 0),
    rounds: judgement.rounds,
    needed: judgement.rounds_for_proof,
    provable: judgement.provable === null ? "" : goal(judgement.provable),
    lift: judgement.needed_lift === null ? "" : formats.percent(judgement.needed_lift, 0),
    believed: formats.percent(judgement.believed_lift, 0),
  };
  // keys: plausible.*
  return (
    <>
      <h3>{t(`plausible.${judgement.verdict}`, values)}</h3>
      {judgement.needed_lift !== null && <p>{t("plausible.lift", values)}</p>}
      {spec.goal.incremental && judgement.verdict !== "impossible" && (
        <p>{judgement.provable === null ? t("plausible.nothingProvable") : t("plausible.provable", values)}</p>
      )}
      {judgement.advice.includes("too_few_conversions") && <p>{t("plausible.tooFew")}</p>}
      {judgement.alternatives.length > 0 && <Ways alternatives={judgement.alternatives} />}
    </>
  );
}

/** Fields by path of a nested change. */
function flattened(changes: unknown, prefix = ""): [string, Value][] {
  return Object.entries(changes as Record<string, unknown>).flatMap(([name, value]): [string, Value][] =>
    typeof value === "object" && value !== null ? flattened(value, `${prefix}${name}.`) : [[`${prefix}${name}`, value as Value]],
  );
}

function Ways({ alternatives }: { alternatives: Alternative[] }) {
  const { t } = useTranslation("wizard");
  const { setMany } = useWizard();
  const formats = useFormats();
  const goal = useGoalFormat();
  const amount = ({ way, value, changes }: Alternative) => {
    if (way === "lower_target" || way === "count_all") return goal(value);
    if (way === "more_money") return formats.money(value);
    if (way === "hold_back") return formats.percent(value, 0);
    if (way === "longer") return formats.date(String((changes as { goal: { deadline: string } }).goal.deadline));
    return formats.number(value);
  };
  const rounded = (alternative: Alternative) =>
    flattened(alternative.changes).map(([path, value]): [string, Value] => [path, path === "goal.target" && typeof value === "number" && value > 10 ? Math.floor(value) : value]);
  // keys: way.*
  return (
    <ul className="wizard-ways">
      {alternatives.map((alternative) => (
        <li key={alternative.way}>
          <span>{t(`way.${alternative.way}`, { value: amount(alternative), chance: formats.percent(alternative.chance, 0) })}</span>
          <Button size="small" onClick={() => setMany(rounded(alternative))}>
            {t("way.apply")}
          </Button>
        </li>
      ))}
    </ul>
  );
}
