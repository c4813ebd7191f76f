/** From decision to order: what was decided, then what came of the messages, people and machines apart. */
import { useTranslation } from "react-i18next";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import type { Room } from "../words";

type Counts = Room["funnel"];
type Name = keyof Counts;

const OF_DECISIONS: Name[] = ["decided", "none", "held_out", "ghost", "waiting", "sent"];
const OF_SENDS: Name[] = [
  "delivered", "opened_human", "opened_machine", "clicked_human", "clicked_machine", "converted", "redeemed",
  "bounced", "failed", "unknown", "unsubscribed", "complained",
];
const ALWAYS = new Set<Name>(["decided", "sent", "opened_human", "clicked_human", "converted"]);
const OF_MACHINES = new Set<Name>(["opened_machine", "clicked_machine"]);

function Rows({ names, whole, funnel, kind }: { names: Name[]; whole: Name; funnel: Counts; kind: "decided" | "sent" }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const all = Math.max(funnel[whole] ?? 0, 1);
  return (
    <ul className="funnel" data-base={kind}>
      {names
        .filter((name) => (funnel[name] ?? 0) > 0 || ALWAYS.has(name))
        .map((name) => {
          const count = funnel[name] ?? 0;
          return (
            <li key={name} data-machine={OF_MACHINES.has(name)}>
              <span className="funnel-name">{t(`funnel.${name}`)}</span>
              {/* keys: funnel.* */}
              <svg className="funnel-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden>
                <rect className="funnel-fill" width={Math.min(count / all, 1) * 100} height="8" />
              </svg>
              <Figure layout="bare" size="small" label={t(`funnel.${name}`)} explain={t(`funnelExplain.${name}`)} exact={f.exact(count)}>
                {f.number(count)}
              </Figure>
              <span className="funnel-share">{name === whole ? "" : f.percent(count / all, 1)}</span>
              {/* keys: funnelExplain.* */}
            </li>
          );
        })}
    </ul>
  );
}

export function Funnel({ funnel }: { funnel: Counts }) {
  const { t } = useTranslation("autopilot");
  return (
    <Section title={t("funnel.title")}>
      <Rows names={OF_DECISIONS} whole="decided" funnel={funnel} kind="decided" />
      {(funnel.sent ?? 0) > 0 && (
        <>
          <h3 className="funnel-of">{t("funnel.ofSent")}</h3>
          <Rows names={OF_SENDS} whole="sent" funnel={funnel} kind="sent" />
        </>
      )}
    </Section>
  );
}
