/** Step three: what may be sent. Each offer with each variant at each time is one action; the campaign learns which works. */
import { PlusOutlined } from "@ant-design/icons";
import { Button, Tag, TimePicker } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Section } from "@/ui/Page";
import { useWizard } from "./context";
import { Field } from "./Field";
import { Offers } from "./Offers";
import { Variants } from "./Variants";

const MANY = 24;

export function ActionsStep() {
  const { t } = useTranslation("wizard");
  return (
    <Section id="actions" title={t("step.actions")}>
      <Field path="actions.variants" label={t("actions.variants")} hint={t("actions.variantsHint")} isGroup>
        {() => <Variants />}
      </Field>
      <Field path="actions.offers" label={t("actions.offers")} hint={t("actions.offersHint")} isGroup>
        {() => <Offers />}
      </Field>
      <Field path="actions.slots" label={t("actions.slots")} hint={t("actions.slotsHint")} isGroup>
        {() => <Slots />}
      </Field>
      <Product />
    </Section>
  );
}

function Slots() {
  const { t } = useTranslation("wizard");
  const { spec, set } = useWizard();
  const [isAdding, setAdding] = useState(false);
  const slots = spec.actions.slots;
  const add = (time: dayjs.Dayjs | null) => {
    setAdding(false);
    const slot = time?.format("HH:mm");
    if (slot && !slots.includes(slot)) set("actions.slots", [...slots, slot].toSorted());
  };
  return (
    <div className="wizard-inline">
      {slots.map((slot) => (
        <Tag key={slot} className="wizard-slot" closable={{ "aria-label": t("actions.removeSlot", { slot }) }} onClose={() => set("actions.slots", slots.filter((one) => one !== slot))}>
          {slot}
        </Tag>
      ))}
      {isAdding ? (
        <TimePicker autoFocus open format="HH:mm" minuteStep={15} needConfirm={false} aria-label={t("actions.newSlot")} onChange={add} onBlur={() => setAdding(false)} defaultOpenValue={dayjs("2000-01-01T18:00")} />
      ) : (
        <Button size="small" icon={<PlusOutlined aria-hidden />} onClick={() => setAdding(true)}>
          {t("actions.addSlot")}
        </Button>
      )}
    </div>
  );
}

/** How many actions this makes, and what many of them mean. */
function Product() {
  const { t } = useTranslation("wizard");
  const { variants, offers, slots } = useWizard().spec.actions;
  const count = variants.length * offers.length * slots.length;
  if (!count) return null;
  return (
    <p className="wizard-sum">
      {t("actions.product", { variants: variants.length, offers: offers.length, slots: slots.length, count })}
      {count > MANY && <span className="wizard-note" data-kind="warning">{t("actions.many")}</span>}
    </p>
  );
}
