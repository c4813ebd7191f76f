/** Choose wordings, template by template; look at each as a customer would get it. */
import { EyeOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Tag } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { LinkButton } from "@/ui/LinkButton";
import { Answer } from "@/ui/States";
import { useWizard } from "./context";
import { MakingDrawer, type Made } from "./Making";

type Outline = components["schemas"]["TemplateOutline"];

const MOST = 100;

export function Variants() {
  const { t } = useTranslation("wizard");
  const [made, make] = useState<Made>();
  const { draft } = useWizard();
  const isWithoutChannel = draft.problems.some(({ field, kind }) => field === "actions.variants" && kind === "wrong");
  const templates = api.useQuery("get", "/api/templates", { params: { query: { limit: MOST } } }, { refetchOnWindowFocus: "always" });
  return (
    <Answer of={templates} rows={3}>
      {({ items }) => (
        <>
          {items.length === 0 && <p className="wizard-hint">{t("actions.noTemplates")}</p>}
          <div className="wizard-templates">
            {items.map((template) => (
              <Template key={template.id} template={template} make={make} />
            ))}
          </div>
          <div className="wizard-inline">
            <LinkButton size="small" to="/templates/new" target="_blank">
              {t("actions.makeTemplate")}
            </LinkButton>
            {isWithoutChannel && (
              <Button size="small" type="primary" onClick={() => make({ what: "channel" })}>
                {t("actions.makeChannel")}
              </Button>
            )}
          </div>
          <MakingDrawer made={made} onClose={() => make(undefined)} />
        </>
      )}
    </Answer>
  );
}

function Template({ template, make }: { template: Outline; make: (made: Made) => void }) {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  const chosen = spec.actions.variants;
  const toggle = (id: number, isOn: boolean) => set("actions.variants", isOn ? [...chosen, id] : chosen.filter((one) => one !== id));
  const variants = template.variants.filter((variant) => !variant.archived_at || chosen.includes(variant.id));
  if (!variants.length) return null;
  return (
    <fieldset className="wizard-template">
      <legend>
        {template.name} <Tag>{template.channel}</Tag>
      </legend>
      {variants.map((variant) => (
        <div key={variant.id} className="wizard-variant">
          <Checkbox checked={chosen.includes(variant.id)} onChange={(event) => toggle(variant.id, event.target.checked)}>
            <span className="wizard-variant-name">{variant.name}</span>
            {variant.language && <Tag>{t(`language.${variant.language}`)}</Tag>}
            <span className="wizard-variant-subject">{variant.subject}</span>
          </Checkbox>
          <Button type="text" size="small" icon={<EyeOutlined aria-hidden />} aria-label={t("actions.look", { name: variant.name })} onClick={() => make({ what: "look", variantId: variant.id, name: variant.name })} />
        </div>
      ))}
      <Button type="link" size="small" className="wizard-add" icon={<PlusOutlined aria-hidden />} onClick={() => make({ what: "variant", templateId: template.id })}>
        {t("actions.makeVariant")}
      </Button>
    </fieldset>
  );
}
