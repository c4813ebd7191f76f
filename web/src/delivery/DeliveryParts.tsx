/** A delivery's state and its source as a list and a drawer show them. */
import { Tag } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { components } from "@/api/schema";

export type Delivery = components["schemas"]["DeliveryOut"];

export function StateTag({ state }: { state: Delivery["state"] }) {
  const { t } = useTranslation("delivery");
  return (
    <Tag className="state-tag" data-state={state}>
      {t(`delivery.${state}`)}
    </Tag>
  );
}

/** A campaign as a link with the round; other sources as they are called. */
export function SourceLink({ source, round }: { source: string; round?: number }) {
  const { t } = useTranslation("delivery");
  const id = /^campaign:(\d+)$/.exec(source)?.[1];
  if (id === undefined) return <>{source}</>;
  return <Link to={`/campaigns/${id}`}>{round === undefined ? t("source.campaign", { id }) : t("source.round", { id, round })}</Link>;
}
