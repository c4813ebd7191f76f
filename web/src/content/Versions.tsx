/** What a variant said before, who wrote it, and a way to bring it back (as a new version, once it is saved). */
import { Button, Drawer } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useFormats } from "@/ui/formats";
import { Answer } from "@/ui/States";
import type { Variant, Wording } from "./wording";

export function Versions({ variant, onBack, onClose }: { variant: Variant; onBack: (wording: Wording) => void; onClose: () => void }) {
  const { t } = useTranslation("content");
  const formats = useFormats();
  const params = { path: { variant_id: variant.id }, query: { limit: 50 } };
  const asked = api.useQuery("get", "/api/variants/{variant_id}/versions", { params });
  return (
    <Drawer open onClose={onClose} size={420} title={t("versions.title")}>
      <Answer of={asked}>
        {(page) => (
          <ol className="versions">
            {page.items.map((one, index) => (
              <li key={one.version}>
                <span>
                  <strong>{t("versions.one", { version: one.version })}</strong> {one.subject}
                  <small>
                    {formats.moment(one.at)} · {one.actor}
                  </small>
                </span>
                {index > 0 && (
                  <Button size="small" onClick={() => onBack({ subject: one.subject, body: one.body, format: one.format, text: one.text, design: one.design })}>
                    {t("versions.back")}
                  </Button>
                )}
              </li>
            ))}
          </ol>
        )}
      </Answer>
    </Drawer>
  );
}
