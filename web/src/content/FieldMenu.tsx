/** Everything that can be inserted into a message, found by typing; gives the tag to insert. */
import { PlusOutlined } from "@ant-design/icons";
import { Button, Input, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";

interface Props {
  onInsert: (tag: string) => void;
  label?: string;
  size?: "small" | "middle";
}

const GROUPS = ["customer", "offer", "company", "links"] as const;

export function FieldMenu({ onInsert, label, size = "small" }: Props) {
  const { t } = useTranslation("content");
  const [isOpen, open] = useState(false);
  const insert = (tag: string) => {
    open(false);
    onInsert(tag);
  };
  return (
    <Popover trigger="click" open={isOpen} onOpenChange={open} placement="bottomRight" content={<Choice onInsert={insert} />} destroyOnHidden>
      <Button size={size} icon={<PlusOutlined />} aria-label={label}>
        {t("fields.insert")}
      </Button>
    </Popover>
  );
}

function Choice({ onInsert }: { onInsert: (tag: string) => void }) {
  const { t } = useTranslation("content");
  const [words, setWords] = useState("");
  const fields = api.useQuery("get", "/api/templates/fields", {}, { staleTime: 300_000 }).data ?? [];
  const fits = fields.filter((field) => `${field.name} ${field.label}`.toLowerCase().includes(words.toLowerCase()));
  return (
    <div className="field-menu">
      <Input autoFocus allowClear value={words} onChange={(event) => setWords(event.target.value)} placeholder={t("fields.find")} aria-label={t("fields.find")} />
      <div className="field-menu-list">
        {GROUPS.map((group) => {
          const own = fits.filter((field) => field.group === group);
          if (own.length === 0) return null;
          return (
            <section key={group} aria-label={t(`fields.group.${group}`)}>
              <h3>{t(`fields.group.${group}`)}</h3>
              {own.map((field) => (
                <Button key={field.tag} type="text" block className="field-menu-item" onClick={() => onInsert(field.tag)}>
                  {field.label}
                </Button>
              ))}
            </section>
          );
        })}
        {fits.length === 0 && <p className="soft">{t("fields.none")}</p>}
      </div>
    </div>
  );
}
