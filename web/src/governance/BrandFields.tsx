/** Who the messages come from, and how they look; with a message drawn beside it while one types. */
import { DeleteOutlined, UploadOutlined } from "@ant-design/icons";
import { Button, ColorPicker, Form, Input, Upload } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { request } from "@/api/client";
import { useMay } from "@/ui/me";
import { ErrorNote } from "@/ui/States";
import type { Company } from "./types";

interface Props {
  company: Company;
  at: (field: string) => object;
  onLogo: (fresh: Company) => void;
}

export function BrandFields({ company, at, onLogo }: Props) {
  const { t } = useTranslation("governance");
  const colour = {
    getValueProps: (value: string) => ({ value }),
    getValueFromEvent: (picked: { toHexString: () => string }) => picked.toHexString().slice(0, 7).toUpperCase(),
  };
  return (
    <div className="brand-fields">
      <div>
        <Form.Item name="from_name" label={t("brand.from")} extra={t("brand.fromText")} {...at("from_name")}>
          <Input maxLength={200} placeholder={company.name} />
        </Form.Item>
        <Form.Item name="physical_address" label={t("brand.address")} extra={t("brand.addressText")} {...at("physical_address")}>
          <Input.TextArea rows={3} maxLength={2000} />
        </Form.Item>
        <Form.Item name="brand_colour" label={t("brand.colour")} {...colour}>
          <ColorPicker disabledAlpha format="hex" showText />
        </Form.Item>
        <Logo company={company} onChange={onLogo} />
      </div>
      <Preview company={company} />
    </div>
  );
}

function Logo({ company, onChange }: { company: Company; onChange: (fresh: Company) => void }) {
  const { t } = useTranslation("governance");
  const may = useMay("settings:write");
  const [error, setError] = useState<unknown>();
  const send = async (init: RequestInit) => {
    setError(undefined);
    try {
      onChange((await (await request("/api/company/logo", init)).json()) as Company);
    } catch (refused) {
      setError(refused);
    }
  };
  const upload = (file: File) => {
    const body = new FormData();
    body.append("logo", file);
    void send({ method: "POST", body });
    return false;
  };
  return (
    <Form.Item label={t("brand.logo")} extra={t("brand.logoText")}>
      {error !== undefined && <ErrorNote error={error} />}
      <div className="brand-logo">
        {company.logo && <img src={`/api/company/logo?v=${company.version}`} alt={t("brand.logo")} />}
        <Upload accept="image/png,image/svg+xml" showUploadList={false} beforeUpload={upload} disabled={!may}>
          <Button icon={<UploadOutlined />}>{company.logo ? t("brand.change") : t("brand.choose")}</Button>
        </Upload>
        {company.logo && may && (
          <Button icon={<DeleteOutlined />} onClick={() => void send({ method: "DELETE" })}>
            {t("brand.remove")}
          </Button>
        )}
      </div>
    </Form.Item>
  );
}

/** Black or white, whichever can be read on the colour. */
function inkOn(colour: string): string {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const linear = (part: number) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  return light > 0.179 ? "#000" : "#fff";
}

function Preview({ company }: { company: Company }) {
  const { t } = useTranslation("governance");
  const form = Form.useFormInstance();
  const [name, from, address, colour] = [Form.useWatch("name", form), Form.useWatch("from_name", form), Form.useWatch("physical_address", form), Form.useWatch("brand_colour", form)];
  const shown = /^#[0-9A-F]{6}$/i.test(colour ?? "") ? colour : company.brand_colour;
  return (
    <figure className="brand-preview" aria-label={t("brand.preview")}>
      <div className="brand-mail">
        <div className="brand-mail-head">
          <strong>{from || name}</strong>
          <span>{t("brand.subject")}</span>
        </div>
        <div className="brand-mail-body">
          {company.logo && <img src={`/api/company/logo?v=${company.version}`} alt="" />}
          <p>{t("brand.hello")}</p>
          <p>{t("brand.words")}</p>
          <span className="brand-mail-button" style={{ background: shown, color: inkOn(shown) }}>
            {t("brand.button")}
          </span>
        </div>
        <div className="brand-mail-foot">
          <span>{name}</span>
          <span className="brand-mail-address">{address || t("brand.noAddress")}</span>
          <u>{t("brand.unsubscribe")}</u>
        </div>
      </div>
      <figcaption>{t("brand.caption")}</figcaption>
    </figure>
  );
}
