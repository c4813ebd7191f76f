/** Business reasons to weigh a tag more, or less, until a day. */
import { App, Button, DatePicker, Form, Input, InputNumber } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { ErrorNote } from "@/ui/States";
import type { Tag } from "./names";

export function Boosts({ tag }: { tag: Tag }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const { now } = useCompany();
  const mayWrite = useMay("customers:write");
  const [isOpen, setOpen] = useState(false);
  const end = api.useMutation("delete", "/api/tags/{tag_id}/boosts/{boost_id}", { onSuccess: () => void refresh("/api/tags") });
  const moment = now().getTime();
  return (
    <>
      <h3>{t("boost.title")}</h3>
      {tag.boosts.length === 0 && <p className="soft">{t("boost.none")}</p>}
      {end.error && <ErrorNote error={end.error} />}
      <ul className="tag-changes">
        {tag.boosts.map((boost) => (
          <li key={boost.id} data-over={Date.parse(boost.ends_at) <= moment}>
            <strong className="tabular">{`× ${formats.number(boost.factor)}`}</strong>
            <span>{t("boost.span", { from: formats.date(boost.starts_at), until: formats.moment(boost.ends_at), reason: boost.reason })}</span>
            {mayWrite && Date.parse(boost.ends_at) > moment && (
              <Button size="small" type="text" onClick={() => end.mutate({ params: { path: { tag_id: tag.id, boost_id: boost.id } } })}>
                {t("boost.end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {mayWrite && !tag.archived_at && !isOpen && (
        <Button size="small" onClick={() => setOpen(true)}>
          {t("boost.add")}
        </Button>
      )}
      {isOpen && <BoostForm id={tag.id} onDone={() => setOpen(false)} />}
    </>
  );
}

interface Words {
  factor: number;
  ends_at: Dayjs;
  reason: string;
}

function BoostForm({ id, onDone }: { id: number; onDone: () => void }) {
  const { t } = useTranslation("insights");
  const { message } = App.useApp();
  const add = api.useMutation("post", "/api/tags/{tag_id}/boosts", {
    onSuccess: () => {
      void refresh("/api/tags");
      void message.success(t("saved"));
      onDone();
    },
  });
  const save = (words: Words) => add.mutate({ params: { path: { tag_id: id } }, body: { factor: words.factor, ends_at: words.ends_at.endOf("day").toISOString(), reason: words.reason } });
  return (
    <Form<Words> layout="vertical" requiredMark={false} initialValues={{ factor: 1.5 }} onFinish={save}>
      {add.error && <ErrorNote error={add.error} />}
      <Form.Item<Words> name="factor" label={t("boost.factor")} extra={t("boost.factorExplained")}>
        <InputNumber min={0.1} max={10} step={0.1} />
      </Form.Item>
      <Form.Item<Words> name="ends_at" label={t("boost.until")} rules={[{ required: true, message: t("boost.untilMissing") }]}>
        <DatePicker />
      </Form.Item>
      <Form.Item<Words> name="reason" label={t("boost.reason")} rules={[{ required: true, min: 3, message: t("boost.reasonMissing") }]}>
        <Input maxLength={200} />
      </Form.Item>
      <div className="tags-foot">
        <Button htmlType="submit" type="primary" loading={add.isPending}>
          {t("boost.add")}
        </Button>
        <Button onClick={onDone}>{t("cancel")}</Button>
      </div>
    </Form>
  );
}
