/** One tag: what it is, its weights over time, boosts, and every change of who has it. */
import { App, Button, Drawer, Form, Input, InputNumber, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { StaleNote, staleOf } from "@/ui/Stale";
import { useCompany } from "@/ui/company";
import { useFormats } from "@/ui/formats";
import { LinkButton } from "@/ui/LinkButton";
import { useMay } from "@/ui/me";
import { Answer, ErrorNote, FailureNote } from "@/ui/States";
import { Boosts } from "./Boosts";
import { Fading } from "./Fading";
import { useMade } from "./Layers";
import { customersWith, useTagName, type Tag } from "./names";
import { HalfLife, Weight } from "./NewTag";

export function TagDrawer({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation("insights");
  const name = useTagName();
  const asked = api.useQuery("get", "/api/tags/{tag_id}", { params: { path: { tag_id: id } } });
  return (
    <Drawer open size={560} title={asked.data ? name(asked.data) : t("title")} onClose={onClose}>
      <Answer of={asked}>{(tag) => <Whole tag={tag} />}</Answer>
    </Drawer>
  );
}

function Whole({ tag }: { tag: Tag }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const mayWrite = useMay("customers:write");
  const made = useMade();
  return (
    <div className="tag">
      <p>{made(tag)}</p>
      <p className="soft">{t("one.created", { when: formats.date(tag.created_at), who: tag.created_by })}</p>
      {tag.failure && <FailureNote failure={tag.failure} />}
      <div className="tag-actions">
        <LinkButton size="small" to={customersWith(tag.name)}>
          {t("one.customers", { count: tag.members, shown: formats.exact(tag.members) })}
        </LinkButton>
        {mayWrite && "tree" in tag.how && <Refresh id={tag.id} />}
        {mayWrite && <Archive tag={tag} />}
      </div>
      <h3>{t("one.fading")}</h3>
      <Fading halfLife={tag.half_life_days} weight={tag.weight} />
      {mayWrite && !tag.archived_at && <Settings key={tag.version} tag={tag} />}
      <Boosts tag={tag} />
      <Changes id={tag.id} />
    </div>
  );
}

function Refresh({ id }: { id: number }) {
  const { t } = useTranslation("insights");
  const { message } = App.useApp();
  const ask = api.useMutation("post", "/api/tags/{tag_id}/refresh", {
    onSuccess: () => {
      void refresh("/api/tags");
      void message.success(t("one.refreshing"));
    },
  });
  return (
    <Button size="small" loading={ask.isPending} onClick={() => ask.mutate({ params: { path: { tag_id: id } } })}>
      {t("one.refresh")}
    </Button>
  );
}

function Archive({ tag }: { tag: Tag }) {
  const { t } = useTranslation("insights");
  const put = api.useMutation("post", "/api/tags/{tag_id}/archive", { onSuccess: () => void refresh("/api/tags") });
  const back = tag.archived_at !== null;
  const go = () => put.mutate({ params: { path: { tag_id: tag.id } }, body: { back } });
  if (back)
    return (
      <Button size="small" onClick={go}>
        {t("one.back")}
      </Button>
    );
  return (
    <Popconfirm title={t("one.archiveSure")} okText={t("one.archive")} cancelText={t("cancel")} onConfirm={go}>
      <Button size="small">{t("one.archive")}</Button>
    </Popconfirm>
  );
}

interface Words {
  description: string;
  weight: number;
  half_life_days: number | null;
  every_minutes: number | null;
}

function Settings({ tag }: { tag: Tag }) {
  const { t } = useTranslation("insights");
  const { message } = App.useApp();
  const [form] = Form.useForm<Words>();
  const patch = api.useMutation("patch", "/api/tags/{tag_id}", {
    onSuccess: () => {
      void refresh("/api/tags");
      void message.success(t("saved"));
    },
  });
  const isRule = "tree" in tag.how;
  const save = (words: Words, version = tag.version) => patch.mutate({ params: { path: { tag_id: tag.id } }, body: { ...words, half_life_days: words.half_life_days ?? null, version } });
  const stale = staleOf(patch.error);
  return (
    <>
      {stale && <StaleNote stale={stale} onTheirs={() => void refresh("/api/tags")} onMine={(version) => save(form.getFieldsValue(), version)} />}
      {patch.error && !stale && <ErrorNote error={patch.error} />}
      <Form<Words> form={form} layout="vertical" requiredMark={false} initialValues={tag} onFinish={(words) => save(words)}>
        <HalfLife />
        {isRule && <Weight label={t("field.weight")} />}
        {isRule && (
          <Form.Item<Words> name="every_minutes" label={t("field.every")}>
            <InputNumber min={1} max={10_080} suffix={t("field.minutes")} />
          </Form.Item>
        )}
        <Form.Item<Words> name="description" label={t("field.description")}>
          <Input maxLength={500} />
        </Form.Item>
        <Button htmlType="submit" loading={patch.isPending}>
          {t("save")}
        </Button>
      </Form>
    </>
  );
}

function Changes({ id }: { id: number }) {
  const { t } = useTranslation("insights");
  const formats = useFormats();
  const { now } = useCompany();
  const asked = api.useQuery("get", "/api/tags/{tag_id}/changes", { params: { path: { tag_id: id } } });
  // keys: by.*
  return (
    <>
      <h3>{t("one.history")}</h3>
      <Answer of={asked} rows={2}>
        {(changes) =>
          changes.length === 0 ? (
            <p className="soft">{t("one.noHistory")}</p>
          ) : (
            <ul className="tag-changes">
              {changes.map((change) => (
                <li key={change.id}>
                  <time dateTime={change.at} title={formats.moment(change.at)}>
                    {formats.when(change.at, now())}
                  </time>
                  <span translate="no">{t(`by.${change.by}`, { who: change.actor, model: change.model, version: change.model_version })}</span>
                  <strong className="tabular">{t("one.changed", { put: formats.exact(change.put), taken: formats.exact(change.taken) })}</strong>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </>
  );
}
