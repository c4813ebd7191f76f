/** A campaign's state in one calm word; what ended well is green, what stopped itself is amber. */
import { Tag } from "antd";
import { useTranslation } from "react-i18next";
import "./status.css";

interface Props {
  state: string;
  outcome?: string;
  waitingFor?: string;
  hasError?: boolean;
}

type Tone = "live" | "good" | "attention" | "stop" | "quiet";

function toneOf({ state, outcome = "", waitingFor = "", hasError = false }: Props): Tone {
  if (state === "ended") return outcome === "goal" ? "good" : ["harm", "frozen"].includes(outcome) ? "stop" : "quiet";
  if (hasError || waitingFor === "approval" || state === "paused") return "attention";
  return state === "running" ? "live" : "quiet";
}

export function Status(props: Props) {
  const { t } = useTranslation("autopilot");
  const { state, outcome, waitingFor, hasError } = props;
  // keys: outcome.*, state.*
  const word = state === "ended" && outcome ? t(`outcome.${outcome}`) : waitingFor === "approval" && state === "running" ? t("state.approval") : hasError ? t("state.failing") : t(`state.${state}`);
  return (
    <Tag className="status" data-tone={toneOf(props)} variant="filled">
      <span className="status-dot" aria-hidden />
      {word}
    </Tag>
  );
}
