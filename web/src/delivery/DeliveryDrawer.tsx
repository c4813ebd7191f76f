/** One delivery: its story in the order in which it happened, its reason, its costs, and the message itself. */
import { Drawer, Timeline } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { SavedVariantPreview } from "@/content/VariantPreview";
import { useFormats } from "@/ui/formats";
import { SourceLink, StateTag, type Delivery } from "./DeliveryParts";

const MICROS = 1_000_000;
const STEPS = ["due_at", "handed_at", "delivered_at", "opened_at", "clicked_at", "machine_at", "complained_at", "unsubscribed_at"] as const;

export function DeliveryDrawer({ delivery, onClose }: { delivery: Delivery | undefined; onClose: () => void }) {
  return (
    <Drawer open={delivery !== undefined} onClose={onClose} size={520} title={delivery?.customer_name} destroyOnHidden>
      {delivery && <Story delivery={delivery} />}
    </Drawer>
  );
}

function Story({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation("delivery");
  const formats = useFormats();
  const happened = STEPS.flatMap((step) => {
    const at = delivery[step];
    return at === null ? [] : [{ step, at }];
  }).toSorted((a, b) => a.at.localeCompare(b.at));
  return (
    <div className="delivery-story">
      <p>
        <StateTag state={delivery.state} /> {delivery.words}
      </p>
      <dl className="last-words">
        <dt>{t("column.source")}</dt>
        <dd>
          <SourceLink source={delivery.source} round={delivery.round} />
        </dd>
        <dt>{t("column.customer")}</dt>
        <dd>
          <Link to={`/customers/${delivery.customer_id}`}>{delivery.customer_name}</Link>
        </dd>
        <dt>{t("column.slot")}</dt>
        <dd>
          {delivery.channel} · {delivery.slot}
        </dd>
        <dt>{t("column.cost")}</dt>
        <dd>{formats.money((delivery.cost_money + delivery.offer_cost) / MICROS)}</dd>
        {delivery.offer_name && (
          <>
            <dt>{t("column.offer")}</dt>
            <dd>
              {delivery.offer_name} · {t(`offerState.${delivery.offer_state}`, { defaultValue: delivery.offer_state }) /* keys: offerState.* */}
            </dd>
          </>
        )}
        {delivery.reason && (
          <>
            <dt>{t("column.exact")}</dt>
            <dd>
              <code>{delivery.reason}</code>
            </dd>
          </>
        )}
      </dl>
      <Timeline
        items={happened.map(({ step, at }) => ({
          key: step,
          content: (
            <>
              {t(`step.${step}`)} <time dateTime={at} className="soft">{formats.moment(at)}</time>
            </>
          ),
        }))}
      />
      {delivery.variant_name && <SavedVariantPreview id={delivery.variant_id} />}
    </div>
  );
}
