/** Rows that were refused: which, where, why, and what to do. */
import { keepPreviousData } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Answer } from "@/ui/States";

const PAGE = 25;
const MOST_KEPT = 10_000;

export function Problems({ id, bad }: { id: number; bad: number }) {
  const { t } = useTranslation("events");
  const [limit, setLimit] = useState(PAGE);
  const asked = api.useQuery("get", "/api/imports/{job_id}/problems", { params: { path: { job_id: id }, query: { limit: Math.min(limit, 200) } } }, { placeholderData: keepPreviousData });
  return (
    <Answer of={asked}>
      {(problems) => (
        <>
          <table className="problems">
            <thead>
              <tr>
                <th scope="col">{t("problem.row")}</th>
                <th scope="col">{t("problem.field")}</th>
                <th scope="col">{t("problem.cause")}</th>
                <th scope="col">{t("problem.remedy")}</th>
              </tr>
            </thead>
            <tbody>
              {problems.map((one) => (
                <tr key={`${one.row} ${one.field}`}>
                  <td className="tabular" data-label={t("problem.row")}>{one.row}</td>
                  <td>{one.field}</td>
                  <td>{one.cause}</td>
                  <td>{one.remedy}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {problems.length < Math.min(bad, MOST_KEPT) && limit < 200 && (
            <Button size="small" onClick={() => setLimit(limit + PAGE * 3)} loading={asked.isFetching}>
              {t("problem.more")}
            </Button>
          )}
        </>
      )}
    </Answer>
  );
}
