/** Why one customer is in the segment or is not: every condition, whether it holds, and what was seen. */
import { CheckCircleFilled, MinusCircleOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Drawer } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { fetcher } from "@/api/client";
import type { components } from "@/api/schema";
import type { Picked } from "@/customers/CustomerPicker";
import { Answer } from "@/ui/States";
import type { Tree } from "./tree";

type Explanation = components["schemas"]["SegmentExplanationOut"];
type Condition = components["schemas"]["SegmentConditionOut"];

export function WhyDrawer({ tree, customer, onClose }: { tree: Tree; customer: Picked; onClose: () => void }) {
  const { t } = useTranslation("segments");
  const asked = useQuery({
    queryKey: ["get", "/api/segments/explain", customer.id, JSON.stringify(tree)],
    queryFn: async () => (await fetcher.POST("/api/segments/explain", { body: { tree, customer_id: customer.id } })).data as Explanation,
  });
  return (
    <Drawer open onClose={onClose} size={460} title={t("why.of", { name: customer.name })}>
      <Answer of={asked}>
        {(found) => (
          <>
            <Alert type={found.is_member ? "success" : "info"} showIcon title={found.is_member ? t("why.in") : t("why.out")} />
            <ul className="why-list">
              {found.conditions.map((condition) => (
                <Line key={condition.place} condition={condition} />
              ))}
            </ul>
            <Link to={`/customers/${customer.id}`}>{t("why.open")}</Link>
          </>
        )}
      </Answer>
    </Drawer>
  );
}

function Line({ condition }: { condition: Condition }) {
  const { t } = useTranslation("segments");
  const isGroup = condition.kind === "all" || condition.kind === "any" || condition.kind === "not";
  // keys: why.group.*
  const words = isGroup ? t(`why.group.${condition.kind as "all" | "any" | "not"}`) : condition.words;
  return (
    <li style={{ paddingInlineStart: condition.depth * 18 }} data-holds={condition.holds}>
      {condition.holds ? <CheckCircleFilled aria-label={t("why.holds")} /> : <MinusCircleOutlined aria-label={t("why.fails")} />}
      <span>
        {words}
        {condition.seen && <small>{t("why.seen", { seen: condition.seen })}</small>}
      </span>
    </li>
  );
}
