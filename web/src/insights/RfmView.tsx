/** The value layer: everybody who bought, in a grid of recency against frequency and money. */
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { useCompany } from "@/ui/company";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { Answer, EmptyState, FailureNote } from "@/ui/States";
import { customersWith, type Coarse } from "./names";
import { RfmGrid } from "./RfmGrid";
import { RfmSettings } from "./RfmSettings";
import type { Rfm } from "./types";

type Report = components["schemas"]["RfmReportOut"];

export const COARSE: readonly Coarse[] = ["champions", "loyal", "growing", "cooling", "at_risk", "lost"];

export function RfmView() {
  const asked = api.useQuery("get", "/api/insights/rfm", undefined, { refetchInterval: (query) => (query.state.data?.report ? false : 3_000) });
  return <Answer of={asked}>{(rfm) => <Whole rfm={rfm} />}</Answer>;
}

function Whole({ rfm }: { rfm: Rfm }) {
  const { t } = useTranslation("insights");
  const [isOpen, setOpen] = useState(false);
  const mayWrite = useMay("customers:write");
  const extra = mayWrite && (
    <span className="tags-foot">
      <Button size="small" onClick={() => setOpen(true)}>
        {t("rfm.settings")}
      </Button>
      <Refresh />
    </span>
  );
  return (
    <>
      {rfm.failure && <FailureNote failure={rfm.failure} />}
      <Section title={t("rfm.title")} extra={extra}>
        {rfm.report?.is_enough ? <Found report={rfm.report} rfm={rfm} /> : <TooFew report={rfm.report} />}
      </Section>
      {rfm.report?.is_enough && <Steps report={rfm.report} />}
      {isOpen && <RfmSettings rfm={rfm} onClose={() => setOpen(false)} />}
    </>
  );
}

function TooFew({ report }: { report: Report | null }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  if (report === null) return <EmptyState title={t("rfm.notYet")}>{t("rfm.notYetText")}</EmptyState>;
  return (
    <EmptyState title={t("notEnough")} action={<LinkButton to="/imports/new">{t("importOrders")}</LinkButton>}>
      {t("rfm.tooFew", { buyers: formats.exact(report.buyers), least: formats.exact(report.least ?? 1) })}
    </EmptyState>
  );
}

function Refresh() {
  const { t } = useTranslation("insights");
  const { message } = App.useApp();
  const ask = api.useMutation("post", "/api/insights/rfm/refresh", {
    onSuccess: () => {
      void refresh("/api/insights/rfm");
      void message.success(t("one.refreshing"));
    },
  });
  return (
    <Button size="small" loading={ask.isPending} onClick={() => ask.mutate({})}>
      {t("one.refresh")}
    </Button>
  );
}

function Found({ report, rfm }: { report: Report; rfm: Rfm }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const { now } = useCompany();
  const asOf = rfm.made_at ? formats.when(rfm.made_at, now()) : "";
  return (
    <>
      <p className="soft">{t(`rfm.lead.${rfm.settings.mode}`, { buyers: formats.exact(report.buyers), known: formats.exact(report.known), when: asOf })}</p>
      <div className="rfm">
        <RfmGrid report={report} />
        <Cells report={report} />
      </div>
    </>
  );
}

function Cells({ report }: { report: Report }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  // keys: coarse.*
  return (
    <div className="rfm-cells">
      {COARSE.map((coarse) => {
        const own = report.cells.filter((cell) => cell.coarse === coarse);
        const count = own.reduce((sum, cell) => sum + cell.count, 0);
        return (
          <section key={coarse} data-coarse={coarse}>
            <h3>
              {t(`coarse.${coarse}`)}
              <span className="soft tabular">{t("share", { count: formats.exact(count), share: formats.percent(report.buyers ? count / report.buyers : 0) })}</span>
            </h3>
            <ul>
              {own.map((cell) => (
                <li key={cell.key}>
                  <Link to={customersWith(`rfm:${cell.key}`)}>{t(`cell.${cell.key}`)}</Link>
                  <Figure label={t("row.members")} explain={t(`cellWhat.${cell.key}`)} exact={formats.exact(cell.count)} layout="bare" size="small">
                    {formats.number(cell.count)}
                  </Figure>
                  <span className="soft tabular">{cell.mean_money === null ? "–" : t("rfm.means", { money: formats.money(cell.mean_money), orders: formats.number(cell.mean_orders ?? 0), days: formats.number(Math.round(cell.mean_days ?? 0)) })}</span>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function spanOf(step: components["schemas"]["RfmStepOut"] | undefined, say: (value: number) => string): string {
  if (!step || step.low === null || step.high === null) return "–";
  return step.low === step.high ? say(step.low) : `${say(step.low)} – ${say(step.high)}`;
}

const PARTS = ["recency", "frequency", "money"] as const;

function Steps({ report }: { report: Report }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const said = { recency: (value: number) => t("row.days", { days: formats.number(Math.round(value)) }), frequency: formats.number, money: (value: number) => formats.money(value) };
  // keys: rfm.part.*
  return (
    <Section title={t("rfm.scores")}>
      <div className="tags-scroll">
        <table className="tags-table">
          <thead>
            <tr>
              <th scope="col">{t("rfm.score")}</th>
              {[5, 4, 3, 2, 1].map((score) => (
                <th key={score} scope="col">
                  {score}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {PARTS.map((part) => (
              <tr key={part}>
                <th scope="row">{t(`rfm.part.${part}`)}</th>
                {[5, 4, 3, 2, 1].map((score) => {
                  const step = report.steps[part]?.[score - 1];
                  return <td key={score}>{spanOf(step, said[part])}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
