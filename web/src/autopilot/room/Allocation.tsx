/** Where the last plan put its messages: recency against value, the darker the larger the share written to. */
import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { useFormats } from "@/ui/formats";
import { Section } from "@/ui/Page";
import { useActionName, type Room } from "../words";

const BANDS = [5, 4, 3, 2, 1];
const WORTHS = [1, 2, 3, 4, 5];

export function Allocation({ room }: { room: Room }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const name = useActionName();
  const { allocation } = room;
  if (!allocation || allocation.cells.length === 0) return null;
  const cells = new Map(allocation.cells.map((cell) => [`${cell.recency}${cell.value}`, cell]));
  const most = Math.max(...allocation.cells.map((cell) => cell.to_send / Math.max(cell.customers, 1)), 1e-9);
  const names = new Map(room.actions.map((action) => [action.key, name(action)]));
  const words = (recency: number, value: number): string => {
    const cell = cells.get(`${recency}${value}`);
    const who = t("allocation.who", { recency: t(`allocation.recency${recency}`), value: t(`allocation.value${value}`) });
    // keys: allocation.*
    if (!cell) return `${who}: ${t("allocation.nobody")}`;
    const top = Object.entries(cell.actions ?? {}).toSorted(([, a], [, b]) => b - a)[0];
    const share = f.percent(cell.to_send / cell.customers, 0);
    const often = top && names.get(top[0]) ? t("allocation.often", { name: names.get(top[0]) }) : "";
    return `${who}: ${t("allocation.words", { share, sent: f.number(cell.to_send), customers: f.number(cell.customers) })} ${often}`;
  };
  return (
    <Section title={t("allocation.title")}>
      <p className="section-lead">{t("allocation.lead", { round: allocation.round })}</p>
      <table className="allocation">
        <thead>
          <tr>
            <td aria-label={t("allocation.title")} />
            {WORTHS.map((value) => (
              <th key={value} scope="col">
                {t(`allocation.value${value}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {BANDS.map((recency) => (
            <tr key={recency}>
              <th scope="row">{t(`allocation.recency${recency}`)}</th>
              {WORTHS.map((value) => {
                const cell = cells.get(`${recency}${value}`);
                const share = cell ? cell.to_send / Math.max(cell.customers, 1) : 0;
                return (
                  <td key={value}>
                    <Tooltip title={words(recency, value)} trigger={["hover", "focus"]}>
                      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the explanation opens by focus too */}
                      <span className="allocation-cell" tabIndex={0} role="img" aria-label={words(recency, value)}>
                        <span className="allocation-ink" aria-hidden style={{ opacity: 0.05 + 0.33 * (share / most) }} />
                        <span aria-hidden>{cell ? f.percent(share, 0) : "–"}</span>
                      </span>
                    </Tooltip>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
