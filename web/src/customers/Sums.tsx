/** What a customer's past adds up to: orders, money, and what they do most. */
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { useCompany } from "@/ui/company";
import { Figure } from "@/ui/Figure";
import { useFormats } from "@/ui/formats";
import { Answer } from "@/ui/States";

type Sum = components["schemas"]["EventSumOut"];

export function Sums({ id }: { id: number }) {
  const asked = api.useQuery("get", "/api/customers/{customer_id}/sums", { params: { path: { customer_id: id } } }, { staleTime: 60_000 });
  return (
    <Answer of={asked} rows={2}>
      {(sums) => (sums.length > 0 ? <Figures sums={sums} /> : null)}
    </Answer>
  );
}

function Figures({ sums }: { sums: Sum[] }) {
  const { t } = useTranslation("customers");
  const formats = useFormats();
  const { now } = useCompany();
  const orders = sums.filter((one) => one.value !== null);
  const money = orders.reduce((sum, one) => sum + (one.value ?? 0), 0);
  const count = orders.reduce((sum, one) => sum + one.count, 0);
  const all = sums.reduce((sum, one) => sum + one.count, 0);
  const lastOrder = orders.map((one) => one.last_at).toSorted().at(-1);
  const first = sums.map((one) => one.first_at).toSorted()[0];
  return (
    <div className="customer-sums">
      <Figure label={t("sums.money")} explain={t("sums.moneyExplained", { events: orders.map((one) => one.event).join(", ") || "–" })} exact={formats.exact(money)} size="large">
        {formats.money(money)}
      </Figure>
      <Figure label={t("sums.orders")} explain={t("sums.ordersExplained")} size="large" note={lastOrder && t("sums.last", { when: formats.when(lastOrder, now()) })}>
        {formats.number(count)}
      </Figure>
      <Figure label={t("sums.mean")} explain={t("sums.meanExplained")} size="large">
        {count > 0 ? formats.money(money / count) : "–"}
      </Figure>
      <Figure label={t("sums.events")} explain={t("sums.eventsExplained", { events: sums.slice(0, 8).map((one) => `${one.event} ${formats.exact(one.count)}`).join(", ") })} exact={formats.exact(all)} size="large" note={first && t("sums.since", { date: formats.date(first) })}>
        {formats.number(all)}
      </Figure>
    </div>
  );
}
