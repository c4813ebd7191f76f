/** A delivery's state and its source as a list and a drawer show them. */
import { Tag } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { Cut } from "@/ui/Cut";
import { useMay } from "@/ui/me";

export type Delivery = components["schemas"]["DeliveryOut"];

export function StateTag({ state }: { state: Delivery["state"] }) {
  const { t } = useTranslation("delivery");
  return (
    <Tag className="state-tag" data-state={state}>
      {t(`delivery.${state}`)}
    </Tag>
  );
}

const MOST_NAMES = 200;

/** What a source of deliveries is called: a campaign by its name, or by its number where the reader may not know more. */
export function useSourceName(): (source: string, round?: number) => string {
  const { t } = useTranslation("delivery");
  const mayCampaigns = useMay("campaigns:read");
  const asked = api.useQuery("get", "/api/campaigns", { params: { query: { limit: MOST_NAMES } } }, { enabled: mayCampaigns, staleTime: 60_000 });
  const known = new Map(asked.data?.items.map((one) => [String(one.id), one.name]));
  return (source, round) => {
    const id = campaignOf(source);
    if (id === undefined) return source;
    const name = known.get(id) ?? t("source.campaign", { id });
    return round === undefined ? name : t("source.round", { name, round });
  };
}

const campaignOf = (source: string): string | undefined => /^campaign:(\d+)$/.exec(source)?.[1];

/** A campaign as a link with the round; other sources as they are called. */
export function SourceLink({ source, round }: { source: string; round?: number }) {
  const name = useSourceName()(source, round);
  const id = campaignOf(source);
  return id === undefined ? <>{name}</> : <Link to={`/campaigns/${id}`}><Cut text={name} width={210} /></Link>;
}
