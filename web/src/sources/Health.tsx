/** How a connection is, in a word and a colour; and how a run ended. */
import { Tag, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import type { Listed, Run } from "./types";
import "./sources.css";

export function HealthTag({ health, failure }: { health: Listed["health"]; failure?: Run["failure"] | undefined }) {
  const { t } = useTranslation("sources");
  // keys: health.*
  const tag = (
    <span className="health" data-health={health}>
      {t(`health.${health}`)}
    </span>
  );
  if (health !== "failing" || !failure) return tag;
  return <Tooltip title={`${failure.message} ${failure.remedy ?? ""}`}>{tag}</Tooltip>;
}

export function RunTag({ run }: { run: Pick<Run, "state"> }) {
  const { t } = useTranslation("sources");
  const colour = { done: "success", failed: "error", cancelled: "default", queued: "default", running: "processing", cancelling: "warning" }[run.state];
  // keys: state.*
  return <Tag color={colour}>{t(`state.${run.state}`)}</Tag>;
}
