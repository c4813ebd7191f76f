/** The grid as a picture: each place's square grows with how many are there, its colour says the coarse group. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { components } from "@/api/schema";
import { useFormats } from "@/ui/formats";
import { customersWith, type Coarse } from "./names";

type Report = components["schemas"]["RfmReportOut"];
type Place = components["schemas"]["RfmPlaceOut"];

const SCORES = [1, 2, 3, 4, 5];

export function RfmGrid({ report }: { report: Report }) {
  const { t } = useTranslation("insights");
  const most = Math.max(...report.grid.map((place) => place.count), 1);
  const coarse = new Map(report.cells.map((cell) => [cell.key, cell.coarse]));
  const at = (r: number, fm: number) => report.grid.find((place) => place.r === r && place.fm === fm);
  return (
    <div className="rfm-grid" role="group" aria-label={t("rfm.grid")}>
      <span className="rfm-up soft">{t("rfm.recency")}</span>
      {[...SCORES].reverse().map((r) => (
        <div key={r} className="rfm-row">
          <span className="rfm-mark soft">{r}</span>
          {SCORES.map((fm) => {
            const place = at(r, fm);
            return place && <Square key={fm} place={place} most={most} coarse={coarse.get(place.cell) ?? "lost"} buyers={report.buyers} />;
          })}
        </div>
      ))}
      <div className="rfm-row">
        <span className="rfm-mark" />
        {SCORES.map((fm) => (
          <span key={fm} className="rfm-foot soft">
            {fm}
          </span>
        ))}
      </div>
      <span className="rfm-across soft">{t("rfm.frequencyMoney")}</span>
    </div>
  );
}

function Square({ place, most, coarse, buyers }: { place: Place; most: number; coarse: Coarse; buyers: number }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const side = `${Math.round(28 + 72 * Math.sqrt(place.count / most))}%`;
  const words = t("rfm.place", {
    cell: t(`cell.${place.cell}`),
    r: place.r,
    fm: place.fm,
    count: formats.exact(place.count),
    share: formats.percent(buyers ? place.count / buyers : 0),
    money: formats.money(place.money),
  });
  return (
    <Link className="rfm-place" to={customersWith(`rfm:${place.cell}`)} data-coarse={coarse} title={words}>
      <span className="rfm-square" style={{ width: side, height: side }} data-empty={place.count === 0} />
      <span className="rfm-name">
        {t(`cell.${place.cell}`)} <b className="tabular">{formats.number(place.count)}</b>
      </span>
      <span className="visually-hidden">{words}</span>
    </Link>
  );
}
