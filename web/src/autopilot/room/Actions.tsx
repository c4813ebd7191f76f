/** What works: each action's increment per thousand sends as a small posterior, side by side on one scale. */
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { usePalette } from "@/ui/scheme";
import { useActionName, type Room } from "../words";

const FEW = 6;
const THOUSAND = 1000;
const WIDTH = 200;

type Action = Room["actions"][number];

function Posterior({ action, low, high, words }: { action: Action; low: number; high: number; words: string }) {
  const colours = usePalette();
  const x = (value: number) => 4 + ((value - low) / (high - low || 1)) * (WIDTH - 8);
  const colour = action.low > 0 ? colours.accent : colours.faint;
  return (
    <svg className="posterior" viewBox={`0 0 ${WIDTH} 20`} preserveAspectRatio="none" role="img" aria-label={words}>
      <title>{words}</title>
      <line x1={x(0)} x2={x(0)} y1={0} y2={20} stroke={colours.soft} strokeDasharray="3 3" vectorEffect="non-scaling-stroke" />
      <line x1={x(action.low)} x2={x(action.high)} y1={10} y2={10} stroke={colour} strokeWidth={6} strokeOpacity={0.28} strokeLinecap="round" vectorEffect="non-scaling-stroke" />
      <line x1={x(action.mean)} x2={x(action.mean)} y1={3} y2={17} stroke={colour} strokeWidth={2.5} strokeLinecap="round" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

export function Actions({ room }: { room: Room }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const name = useActionName();
  const [isWhole, setWhole] = useState(false);
  const { actions } = room;
  if (actions.length === 0) return null;
  const isOneChannel = new Set(actions.map((action) => action.channel)).size === 1;
  const short = (action: Action) => name(isOneChannel ? { ...action, channel: "" } : action);
  const low = Math.min(0, ...actions.map((a) => a.low));
  const high = Math.max(...actions.map((a) => a.high), 1e-6);
  const shown = isWhole ? actions : actions.slice(0, FEW);
  const per = (value: number) => f.number(Math.round(value * THOUSAND * 10) / 10);
  return (
    <Section title={t("actions.title")}>
      <p className="section-lead">
        {t("actions.lead")} {room.personalisation && t(`personalisation.${room.personalisation.replaceAll(" ", "_")}`)}
      </p>
      <ul className="actions">
        <li className="actions-heads" aria-hidden>
          <span className="actions-gap" />
          <span className="actions-gap" />
          <span>{t("actions.perThousand")}</span>
          <span>{t("actions.sends")}</span>
        </li>
        {shown.map((action) => {
          const words = t("actions.words", { name: name(action), mean: per(action.mean), low: per(action.low), high: per(action.high) });
          return (
            <li key={action.key}>
              <span className="actions-name" title={name(action)}>
                {short(action)}
              </span>
              <Posterior action={action} low={low} high={high} words={words} />
              <Figure layout="bare" size="small" label={t("actions.mean")} explain={words} tone={action.low > 0 ? "plain" : "muted"}>
                {action.mean >= 0 ? `+${per(action.mean)}` : per(action.mean)}
              </Figure>
              <Figure layout="bare" size="small" label={t("actions.sends")} explain={t("actions.sendsExplain", { share: f.percent(action.share, 1) })} exact={f.exact(action.sends)}>
                {f.number(action.sends)}
              </Figure>
            </li>
          );
        })}
      </ul>
      {actions.length > FEW && (
        <Button type="link" size="small" className="more" onClick={() => setWhole(!isWhole)}>
          {isWhole ? t("less") : t("actions.all", { count: actions.length })}
        </Button>
      )}
    </Section>
  );
}
