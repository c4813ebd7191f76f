/** Share a report by a link that expires; see the links there are, and close one. */
import { App, Button, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, refresh } from "@/api/client";
import { useFormats } from "@/ui/formats";
import { Answer, ErrorNote } from "@/ui/States";
import { actorName } from "../room/Refusal";
import "./report.css";

const DAYS = [7, 30, 90, 366];

export function Shares({ id, name, onClose }: { id: number; name: string; onClose: () => void }) {
  const { t } = useTranslation("autopilot");
  const f = useFormats();
  const { message } = App.useApp();
  const [days, setDays] = useState(30);
  const params = { path: { campaign_id: id } };
  const asked = api.useQuery("get", "/api/campaigns/{campaign_id}/shares", { params });
  const again = () => void refresh("/api/campaigns/{campaign_id}/shares");
  const make = api.useMutation("post", "/api/campaigns/{campaign_id}/share", { onSuccess: again });
  const close = api.useMutation("delete", "/api/campaigns/{campaign_id}/shares/{share_id}", { onSuccess: again });
  const copy = (url: string) => void navigator.clipboard.writeText(url).then(() => message.success(t("share.copied")));
  return (
    <Modal open title={t("share.title", { name })} onCancel={onClose} footer={null} width={560}>
      <p className="soft">{t("share.lead")}</p>
      <div className="share-make">
        <Select aria-label={t("share.days")} value={days} onChange={setDays} options={DAYS.map((value) => ({ value, label: t("share.for", { count: value }) }))} />
        <Button type="primary" loading={make.isPending} onClick={() => make.mutate({ params, body: { days } })}>
          {t("share.make")}
        </Button>
      </div>
      {(make.error ?? close.error) && <ErrorNote error={make.error ?? close.error} />}
      <Answer of={asked} rows={2}>
        {(shares) => (
          <ul className="shares">
            {shares.map((share) => (
              <li key={share.id} data-open={share.is_open}>
                {share.is_open ? <Input readOnly value={share.url} aria-label={t("share.address")} onFocus={(event) => event.target.select()} /> : <span className="soft">{share.revoked_at ? t("share.closed") : t("share.expired")}</span>}
                <div className="shares-words">
                  <span className="soft">{t("share.by", { who: actorName(share.created_by), until: f.date(share.expires_at) })}</span>
                  {share.is_open && (
                    <>
                      <Button size="small" onClick={() => copy(share.url)}>
                        {t("share.copy")}
                      </Button>
                      <Button size="small" danger loading={close.isPending} onClick={() => close.mutate({ params: { path: { campaign_id: id, share_id: share.id } } })}>
                        {t("share.close")}
                      </Button>
                    </>
                  )}
                </div>
              </li>
            ))}
            {shares.length === 0 && <li className="soft">{t("share.none")}</li>}
          </ul>
        )}
      </Answer>
    </Modal>
  );
}
