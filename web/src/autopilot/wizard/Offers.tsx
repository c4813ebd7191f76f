/** Choose offers; see what each puts aside for every message, and why. */
import { PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Tooltip } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { components } from "@/api/schema";
import { useFormats } from "@/ui/formats";
import { Answer } from "@/ui/States";
import { useWizard } from "./context";
import { MakingDrawer, type Made } from "./Making";

type Offer = components["schemas"]["OfferOut"];

const NONE = 0;
const MOST = 100;
const MICROS = 1_000_000;

export function Offers() {
  const { t } = useTranslation("wizard");
  const [made, make] = useState<Made>();
  const offers = api.useQuery("get", "/api/offers", { params: { query: { limit: MOST } } }, { refetchOnWindowFocus: "always" });
  return (
    <>
      <div className="wizard-offers">
        <Choice id={NONE} name={t("actions.noOffer")} about={t("actions.noOfferText")} />
        <Answer of={offers} rows={2}>
          {({ items }) => items.filter((offer) => offer.kind !== "none").map((offer) => <OfferChoice key={offer.id} offer={offer} />)}
        </Answer>
      </div>
      <Button size="small" icon={<PlusOutlined aria-hidden />} onClick={() => make({ what: "offer" })}>
        {t("actions.makeOffer")}
      </Button>
      <MakingDrawer made={made} onClose={() => make(undefined)} />
    </>
  );
}

function OfferChoice({ offer }: { offer: Offer }) {
  const { t, i18n } = useTranslation("wizard");
  const formats = useFormats();
  const words = i18n.language.startsWith("zh") ? offer.text.zh : offer.text.en;
  const aside = formats.money(offer.liability.per_code / MICROS);
  return <Choice id={offer.id} name={offer.name} about={words} liability={t("actions.aside", { amount: aside, count: offer.liability.days })} explain={offer.liability.words} />;
}

function Choice({ id, name, about, liability, explain }: { id: number; name: string; about: string; liability?: string; explain?: string }) {
  const { spec, set } = useWizard();
  const chosen = spec.actions.offers;
  const toggle = (isOn: boolean) => set("actions.offers", isOn ? [...chosen, id].toSorted((a, b) => a - b) : chosen.filter((one) => one !== id));
  return (
    <div className="wizard-offer">
      <Checkbox checked={chosen.includes(id)} onChange={(event) => toggle(event.target.checked)}>
        <strong>{name}</strong>
        <span>{about}</span>
      </Checkbox>
      {liability && (
        <Tooltip title={explain} trigger={["hover", "focus"]}>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the explanation opens by focus too */}
          <span className="wizard-liability" tabIndex={0}>
            {liability}
          </span>
        </Tooltip>
      )}
    </div>
  );
}
