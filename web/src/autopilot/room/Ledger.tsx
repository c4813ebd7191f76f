/** All adds up: decisions, rows of the ledger by state, and money to the cent. */
import { CheckCircleOutlined, ExclamationCircleOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import type { Room } from "../words";

const HELD = ["ghost", "held_out"];

export function Ledger({ room }: { room: Room }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const { now } = useCompany();
  const { ledger } = room;
  if (ledger.rows_expected === 0) return null;
  const reasons = Object.entries(ledger.reasons ?? {});
  const held = reasons.filter(([reason]) => HELD.includes(reason)).reduce((sum, [, count]) => sum + count, 0);
  const refused = reasons.filter(([reason]) => !HELD.includes(reason));
  const states = Object.entries(ledger.states ?? {}).filter(([state]) => state !== "suppressed");
  const rows: [string, number, string][] = [
    ["none", ledger.none, t("ledger.none")],
    ...states.map(([state, count]): [string, number, string] => [state, count, t(`ledger.${state}`)]),
    ["held", held, t("ledger.held")],
    ...refused.map(([reason, count]): [string, number, string] => [reason, count, t("ledger.refused", { reason: t(`refused.${reason}`, { defaultValue: reason }) })]),
  ];
  // keys: ledger.*, refused.*
  return (
    <Section title={t("ledger.title")}>
      <table className="ledger">
        <tbody>
          {rows
            .filter(([, count]) => count > 0)
            .map(([key, count, name]) => (
              <tr key={key}>
                <th scope="row">{name}</th>
                <td>{f.exact(count)}</td>
              </tr>
            ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t("ledger.decided")}</th>
            <td>{f.exact(ledger.decided)}</td>
          </tr>
        </tfoot>
      </table>
      <p className="ledger-check" data-whole={ledger.is_whole}>
        {ledger.is_whole ? <CheckCircleOutlined aria-hidden /> : <ExclamationCircleOutlined aria-hidden />}
        {ledger.is_whole ? t("ledger.whole", { money: f.money(ledger.money_committed) }) : t("ledger.broken", { rows: f.exact(ledger.rows), expected: f.exact(ledger.rows_expected) })}
        {room.counted_at && <span className="soft">{t("ledger.counted", { when: f.when(room.counted_at, now()) })}</span>}
      </p>
    </Section>
  );
}
