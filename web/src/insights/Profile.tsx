/** What makes each group what it is: its mean of every feature, in standard deviations from everybody's. */
import { useTranslation } from "react-i18next";
import { useFormats } from "@/ui/formats";
import type { Report } from "./types";
import { useGroupName } from "./names";

const MOST = 2.5;

export function Profile({ report }: { report: Report }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const name = useGroupName();
  // keys: feature.*
  return (
    <div className="tags-scroll">
      <table className="tags-table profile">
        <thead>
          <tr>
            <th scope="col">{t("cluster.group")}</th>
            {report.features.map((feature) => (
              <th key={feature} scope="col">
                {t(`feature.${feature}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.groups.map((group) => (
            <tr key={group.key}>
              <th scope="row">{name(group.words)}</th>
              {group.mean.map((mean, place) => (
                <td key={report.features[place]}>
                  <span className="profile-cell">
                    <Bar mean={mean} />
                    <span className="tabular">{signed(Math.round(mean * 10) / 10, formats.number)}</span>
                  </span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function signed(value: number, say: (value: number) => string): string {
  return value === 0 ? say(0) : `${value > 0 ? "+" : "−"}${say(Math.abs(value))}`;
}

function Bar({ mean }: { mean: number }) {
  const width = (Math.min(Math.abs(mean), MOST) / MOST) * 50;
  return (
    <svg viewBox="0 0 100 12" className="profile-bar" aria-hidden preserveAspectRatio="none">
      <rect x={mean > 0 ? 50 : 50 - width} y="1" width={width} height="10" data-side={mean > 0 ? "more" : "less"} />
      <path d="M50 0V12" />
    </svg>
  );
}
