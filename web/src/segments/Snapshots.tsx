/** Members of a segment as they were at a moment, kept: taken, exported, deleted. */
import { DeleteOutlined, DownloadOutlined } from "@ant-design/icons";
import { App, Button, Popconfirm, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useFormats } from "@/ui/formats";
import { useMay } from "@/ui/me";
import { Section } from "@/ui/Page";
import { Answer, ErrorNote } from "@/ui/States";

export function Snapshots({ segmentId }: { segmentId: number }) {
  const { t } = useTranslation("segments");
  const formats = useFormats();
  const { message } = App.useApp();
  const mayWrite = useMay("segments:write");
  const asked = api.useQuery("get", "/api/segments/{segment_id}/snapshots", { params: { path: { segment_id: segmentId } } });
  const take = api.useMutation("post", "/api/segments/{segment_id}/snapshots");
  const remove = api.useMutation("delete", "/api/snapshots/{snapshot_id}");
  const renew = () => Promise.all([refresh("/api/segments/{segment_id}/snapshots"), refresh("/api/snapshots")]);
  const onTake = () => take.mutate({ params: { path: { segment_id: segmentId } }, body: { name: "" } }, { onSuccess: () => void renew().then(() => message.success(t("snapshots.taken"))) });
  const onRemove = (id: number) => remove.mutate({ params: { path: { snapshot_id: id } } }, { onSuccess: () => void renew() });
  const action = mayWrite && (
    <Button size="small" onClick={onTake} loading={take.isPending}>
      {t("snapshots.take")}
    </Button>
  );
  const error = take.error ?? remove.error;
  return (
    <Section title={t("snapshots.title")} extra={action}>
      {error ? <ErrorNote error={error} /> : null}
      <Answer of={asked} rows={1}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="soft">{t("snapshots.none")}</p>
          ) : (
            <ul className="snapshot-list">
              {rows.map((one) => (
                <li key={one.id}>
                  <span className="segment-person">
                    <strong>{one.name}</strong>
                    <span className="soft">{t("snapshots.of", { count: one.size, shown: formats.number(one.size), moment: formats.moment(one.taken_at) })}</span>
                  </span>
                  <Tooltip title={t("snapshots.export")}>
                    <Button type="text" size="small" icon={<DownloadOutlined />} href={`/api/snapshots/${one.id}/export`} aria-label={t("snapshots.exportOf", { name: one.name })} />
                  </Tooltip>
                  {mayWrite && (
                    <Popconfirm title={t("snapshots.sure")} okText={t("menu.delete")} cancelText={t("keep")} onConfirm={() => onRemove(one.id)}>
                      <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t("snapshots.deleteOf", { name: one.name })} />
                    </Popconfirm>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Section>
  );
}
