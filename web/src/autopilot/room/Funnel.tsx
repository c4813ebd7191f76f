/** From decision to order: people and machines apart. */
import { useTranslation } from "react-i18next";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import type { Room } from "../words";

type Counts = Room["funnel"];
type Step = { name: keyof Counts; base: keyof Counts; machine?: keyof Counts };

const STEPS: Step[] = [
  { name: "decided", base: "decided" },
  { name: "none", base: "decided" },
  { name: "held_out", base: "decided" },
  { name: "ghost", base: "decided" },
  { name: "sent", base: "decided" },
  { name: "waiting", base: "decided" },
  { name: "delivered", base: "sent" },
  { name: "opened_human", base: "sent", machine: "opened_machine" },
  { name: "clicked_human", base: "sent", machine: "clicked_machine" },
  { name: "converted", base: "sent" },
  { name: "redeemed", base: "sent" },
  { name: "bounced", base: "sent" },
  { name: "failed", base: "sent" },
  { name: "unknown", base: "sent" },
  { name: "unsubscribed", base: "sent" },
  { name: "complained", base: "sent" },
];
const ALWAYS = new Set(["decided", "sent", "opened_human", "clicked_human", "converted"]);

export function Funnel({ funnel }: { funnel: Counts }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const shown = STEPS.filter((step) => (funnel[step.name] ?? 0) > 0 || ALWAYS.has(step.name));
  return (
    <Section title={t("funnel.title")}>
      <ul className="funnel">
        {shown.map(({ name, base, machine }) => {
          const count = funnel[name] ?? 0;
          const share = count / Math.max(funnel[base] ?? 0, 1);
          const machines = machine ? (funnel[machine] ?? 0) : 0;
          return (
            <li key={name} data-base={base}>
              <span className="funnel-name">{t(`funnel.${name}`)}</span>
              {/* keys: funnel.* */}
              <svg className="funnel-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden>
                <rect className="funnel-fill" width={Math.min(share, 1) * 100} height="8" />
                {machines > 0 && <rect className="funnel-machine" x={Math.min(share, 1) * 100} width={Math.min(machines / Math.max(funnel[base] ?? 0, 1), 1) * 100} height="8" />}
              </svg>
              <Figure layout="bare" size="small" label={t(`funnel.${name}`)} explain={t(`funnelExplain.${name}`)} exact={f.exact(count)}>
                {f.number(count)}
              </Figure>
              <span className="funnel-share">{machines > 0 ? t("funnel.machines", { n: f.number(machines) }) : name === base ? "" : f.percent(share)}</span>
              {/* keys: funnelExplain.* */}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
