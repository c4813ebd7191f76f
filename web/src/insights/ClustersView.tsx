/** Groups of customers that look alike: what each is, and why there are so many. */
import { Alert, App, Select } from "antd";
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
import { Answer, EmptyState, ErrorNote, FailureNote } from "@/ui/States";
import { Choice } from "./Choice";
import { customersWith, useGroupName } from "./names";
import { Profile } from "./Profile";
import type { Report } from "./types";

type Clusters = components["schemas"]["ClustersOut"];
export type Group = components["schemas"]["ClusterGroupOut"];

export function ClustersView() {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const asked = api.useQuery("get", "/api/insights/clusters", undefined, { refetchInterval: (query) => (query.state.data?.report ? false : 3_000) });
  return (
    <Answer of={asked}>
      {({ report, ...rest }) => {
        if (report === null) return <EmptyState title={t("rfm.notYet")}>{t("cluster.notYetText")}</EmptyState>;
        if (report.is_enough) return <Found report={report} clusters={{ report, ...rest }} />;
        return (
          <EmptyState title={t("notEnough")} action={<LinkButton to="/imports/new">{t("importOrders")}</LinkButton>}>
            {t("cluster.tooFew", { known: formats.exact(report.known), least: formats.exact(report.least ?? 0) })}
          </EmptyState>
        );
      }}
    </Answer>
  );
}

function Found({ report, clusters }: { report: Report; clusters: Clusters }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const { now } = useCompany();
  const mayWrite = useMay("customers:write");
  const when = clusters.made_at ? formats.when(clusters.made_at, now()) : "";
  return (
    <>
      {clusters.failure && <FailureNote failure={clusters.failure} />}
      {report.is_weak && <Alert type="info" showIcon className="tags-note" title={t("cluster.weak")} description={t("cluster.weakText", { silhouette: formats.number(report.silhouette ?? 0) })} />}
      <Section title={t("cluster.title")} extra={mayWrite && <Number clusters={clusters} />}>
        <p className="soft">{t("cluster.lead", { known: formats.exact(report.known), k: report.k, when })}</p>
        <Groups groups={report.groups} known={report.known} />
      </Section>
      <Section title={t("cluster.profile")}>
        <p className="soft">{t("cluster.profileText")}</p>
        <Profile report={report} />
      </Section>
      <Section title={t("cluster.why", { k: report.k })}>
        <Choice report={report} />
      </Section>
    </>
  );
}

function Number({ clusters }: { clusters: Clusters }) {
  const { t } = useTranslation("insights");
  const { message } = App.useApp();
  const patch = api.useMutation("patch", "/api/insights/clusters", {
    onSuccess: () => {
      void refresh("/api/insights/clusters");
      void message.success(t("one.refreshing"));
    },
  });
  const options = [{ value: 0, label: t("cluster.auto") }, ...[2, 3, 4, 5, 6, 7, 8].map((k) => ({ value: k, label: t("cluster.set", { k }) }))];
  const choose = (k: number) => patch.mutate({ body: { k: k === 0 ? null : k, version: clusters.version } });
  return (
    <>
      {patch.error && <ErrorNote error={patch.error} />}
      <Select<number> size="small" className="cluster-number" aria-label={t("cluster.number")} value={clusters.settings.k ?? 0} options={options} onChange={choose} loading={patch.isPending} />
    </>
  );
}

function Groups({ groups, known }: { groups: Group[]; known: number }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const name = useGroupName();
  const days = (value: number | null) => (value === null ? "–" : t("row.days", { days: formats.number(Math.round(value)) }));
  return (
    <ul className="cluster-groups">
      {groups.map((group) => (
        <li key={group.key}>
          <Link to={customersWith(`cluster:${group.key}`)}>{name(group.words)}</Link>
          <Figure label={t("row.members")} explain={t("cluster.countExplained")} exact={formats.exact(group.count)} note={formats.percent(group.count / known)}>
            {formats.number(group.count)}
          </Figure>
          <Figure label={t("feature.frequency")} explain={t("cluster.ordersExplained")} size="small">
            {formats.number(group.orders ?? 0)}
          </Figure>
          <Figure label={t("feature.basket")} explain={t("cluster.basketExplained")} size="small">
            {group.basket === null ? "–" : formats.money(group.basket)}
          </Figure>
          <Figure label={t("feature.recency")} explain={t("cluster.daysExplained")} size="small">
            {days(group.days)}
          </Figure>
          <Figure label={t("feature.tenure")} explain={t("cluster.tenureExplained")} size="small">
            {days(group.known_days)}
          </Figure>
        </li>
      ))}
    </ul>
  );
}
