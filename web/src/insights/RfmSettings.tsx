/** How value cells are made: what counts as a purchase, and fifths or limits of one's own. */
import { App, Form, Input, InputNumber, Modal, Radio } from "antd";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import type { components } from "@/api/schema";
import { StaleNote, staleOf } from "@/ui/Stale";
import { ErrorNote } from "@/ui/States";
import type { Rfm } from "./types";

type Words = components["schemas"]["RfmSettings"];
const PARTS = ["recency", "frequency", "money"] as const;
const PLACES = [0, 1, 2, 3];

export function RfmSettings({ rfm, onClose }: { rfm: Rfm; onClose: () => void }) {
  const { t } = useTranslation("insights");
  const { message } = App.useApp();
  const [form] = Form.useForm<Words>();
  const mode = Form.useWatch("mode", form);
  const patch = api.useMutation("patch", "/api/insights/rfm", {
    onSuccess: () => {
      void refresh("/api/insights/rfm");
      void message.success(t("one.refreshing"));
      onClose();
    },
  });
  const save = (words: Words, version = rfm.version) => patch.mutate({ body: { event: words.event ?? "", mode: words.mode, limits: words.limits ?? rfm.settings.limits, version } });
  const stale = staleOf(patch.error);
  const theirs = () => {
    void refresh("/api/insights/rfm");
    onClose();
  };
  // keys: rfm.mode.*
  return (
    <Modal open title={t("rfm.settings")} okText={t("save")} cancelText={t("cancel")} confirmLoading={patch.isPending} onOk={() => form.submit()} onCancel={onClose}>
      {stale && <StaleNote stale={stale} onTheirs={theirs} onMine={(version) => save(form.getFieldsValue(), version)} />}
      {patch.error && !stale && <ErrorNote error={patch.error} />}
      <Form<Words> form={form} layout="vertical" requiredMark={false} initialValues={rfm.settings} onFinish={(words) => save(words)}>
        <Form.Item<Words> name="event" label={t("field.event")} extra={t("field.eventExplained")}>
          <Input maxLength={255} placeholder={t("field.eventAll")} />
        </Form.Item>
        <Form.Item<Words> name="mode" label={t("rfm.scoring")}>
          <Radio.Group options={(["quantiles", "rules"] as const).map((value) => ({ value, label: t(`rfm.mode.${value}`) }))} />
        </Form.Item>
        {mode === "rules" &&
          PARTS.map((part) => (
            <Form.Item key={part} label={t(`rfm.limits.${part}`)}>
              <div className="rfm-limits">
                {PLACES.map((place) => (
                  <Form.Item key={place} name={["limits", part, place]} noStyle rules={[{ required: true, message: t("rfm.limitMissing") }]}>
                    <InputNumber min={0} aria-label={t("rfm.limit", { part: t(`rfm.part.${part}`), number: place + 1 })} />
                  </Form.Item>
                ))}
              </div>
            </Form.Item>
          ))}
        {/* keys: rfm.limits.* */}
      </Form>
    </Modal>
  );
}
