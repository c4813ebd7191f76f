/** Change a live campaign: target, deadline, limits, review. The effect is reckoned while one types. */
import { Button, DatePicker, Drawer, Form, InputNumber, Segmented } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError, refresh } from "@/api/client";
import { useCompany } from "@/ui/company";
import { useAdvice, useAmounts, type Room } from "../words";
import { Refusal, versionNow } from "./Refusal";

interface Props {
  room: Room;
  onClose: () => void;
  onDone: (words: string) => void;
}

interface Values {
  target: number | null;
  deadline: Dayjs | null;
  money: number | null;
  messages: number | null;
  hours: number | null;
  review: "automatic" | "ask";
}

const WAIT_MS = 350;

function valuesOf({ campaign: { spec } }: Room): Values {
  return {
    target: spec.goal.target,
    deadline: dayjs(spec.goal.deadline),
    money: spec.limits.money,
    messages: spec.limits.messages ?? null,
    hours: spec.limits.hours ?? null,
    review: spec.review ?? "automatic",
  };
}

/** Only what differs from what the person saw is sent. */
function changesOf(before: Values, now: Values): Record<string, unknown> {
  const goal = {
    ...(now.target !== before.target && { target: now.target }),
    ...(!now.deadline?.isSame(before.deadline) && { deadline: now.deadline?.toISOString() }),
  };
  const limits = Object.fromEntries((["money", "messages", "hours"] as const).filter((name) => now[name] !== before[name]).map((name) => [name, now[name]]));
  return {
    ...(Object.keys(goal).length > 0 && { goal }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(now.review !== before.review && { review: now.review }),
  };
}

export function ChangeDrawer({ room, onClose, onDone }: Props) {
  const { t } = useTranslation("autopilot");
  const advise = useAdvice(room.goal.metric);
  const amounts = useAmounts(room.goal.metric);
  const { currency } = useCompany();
  const [before, setBefore] = useState(() => valuesOf(room));
  const [version, setVersion] = useState(room.campaign.version);
  const [values, setValues] = useState(before);
  const changes = useMemo(() => changesOf(before, values), [before, values]);
  const isChanged = Object.keys(changes).length > 0;
  const asked = api.useMutation("post", "/api/campaigns/{campaign_id}/advice");
  const tell = api.useMutation("post", "/api/campaigns/{campaign_id}/change");
  const path = { campaign_id: room.campaign.id };
  const { mutate, reset } = asked;
  useEffect(() => {
    if (!isChanged) return reset();
    const timer = setTimeout(() => mutate({ params: { path: { campaign_id: room.campaign.id } }, body: { verb: "change", change: changes } }), WAIT_MS);
    return () => clearTimeout(timer);
  }, [changes, isChanged, mutate, reset, room.campaign.id]);
  const set = <Name extends keyof Values>(name: Name) => (value: Values[Name] | null) => {
    tell.reset();
    setValues((old) => ({ ...old, [name]: value }));
  };
  const look = () => {
    setVersion(versionNow(tell.error) ?? room.campaign.version);
    tell.reset();
    setBefore(valuesOf(room));
    void refresh("/api/campaigns");
  };
  const confirm = () => tell.mutate({ params: { path, query: { version } }, body: changes }, { onSuccess: () => onDone(t("done.change")) });
  const refused = tell.error instanceof ApiError ? tell.error.body.field : undefined;
  const item = (name: string, help: string) => ({ label: t(`change.${name}`), help, validateStatus: refused?.endsWith(name) ? ("error" as const) : undefined });
  return (
    <Drawer
      open
      title={t("change.title", { name: room.campaign.name })}
      onClose={onClose}
      size={440}
      footer={
        <div className="change-foot">
          <Button onClick={onClose}>{t("leaveIt")}</Button>
          <Button type="primary" disabled={!isChanged || asked.isError} loading={tell.isPending} onClick={confirm}>
            {t("change.confirm")}
          </Button>
        </div>
      }
    >
      {/* keys: change.* */}
      <Form layout="vertical" component="div" className="change-form">
        <Form.Item {...item("target", t("change.targetHelp", { unit: amounts.noun }))} htmlFor="change-target">
          <InputNumber id="change-target" min={0} value={values.target} onChange={set("target")} />
        </Form.Item>
        <Form.Item {...item("deadline", t("change.deadlineHelp"))} htmlFor="change-deadline">
          <DatePicker id="change-deadline" showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" value={values.deadline} onChange={set("deadline")} allowClear={false} />
        </Form.Item>
        <Form.Item {...item("money", t("change.moneyHelp"))} htmlFor="change-money">
          <InputNumber id="change-money" min={0} value={values.money} suffix={currency} onChange={set("money")} />
        </Form.Item>
        <Form.Item {...item("messages", t("change.emptyIsNone"))} htmlFor="change-messages">
          <InputNumber id="change-messages" min={0} precision={0} value={values.messages} onChange={set("messages")} />
        </Form.Item>
        <Form.Item {...item("hours", t("change.emptyIsNone"))} htmlFor="change-hours">
          <InputNumber id="change-hours" min={0} value={values.hours} suffix={t("change.hoursUnit")} onChange={set("hours")} />
        </Form.Item>
        <Form.Item {...item("review", t("change.reviewHelp"))}>
          <Segmented aria-label={t("change.review")} value={values.review} onChange={set("review")} options={(["automatic", "ask"] as const).map((value) => ({ value, label: t(`review.${value}`) }))} />
          {/* keys: review.* */}
        </Form.Item>
      </Form>
      <div aria-live="polite" className="change-effect">
        <h3>{t("change.effect")}</h3>
        {!isChanged && <p className="soft">{t("change.nothing")}</p>}
        <ul className="tell-advice">
          {asked.data?.map((one) => (
            <li key={`${one.code} ${one.names["scope"] ?? ""} ${one.names["resource"] ?? ""}`}>{advise(one)}</li>
          ))}
        </ul>
        <Refusal error={tell.error ?? asked.error} onLook={look} />
      </div>
    </Drawer>
  );
}
