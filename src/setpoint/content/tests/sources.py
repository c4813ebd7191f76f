"""A mail as a shop would write it, for the tests of this package."""

MAIL = """<mjml>
  <mj-head>
    <mj-title>{{ company.name }}</mj-title>
    <mj-preview>{{ offer.text | default("News for you") }}</mj-preview>
    <mj-style>.big { letter-spacing: 1px }</mj-style>
  </mj-head>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text css-class="big">Dear {{ customer.first_name | default("friend") }},</mj-text>
        <mj-text>
          {% if customer.points > 100 and customer.tier in ["gold", "silver"] %}
            You hold {{ customer.points | number }} points & {{ customer.balance | money }}.
          {% else %}Join our club.{% endif %}
        </mj-text>
        <mj-raw>{% for item in customer.basket %}</mj-raw>
        <mj-text>{{ loop.index }}. {{ item.name }}: {{ item.price | money }}</mj-text>
        <mj-raw>{% endfor %}</mj-raw>
        <mj-text>{{ offer.text }} with the code {{ offer.code }} until {{ offer.expires_at }}.</mj-text>
        <mj-button href="https://shop.example/?c={{ customer.id }}&s=mail">Look <b>now</b></mj-button>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
SUBJECT = '{{ customer.first_name | default("Hello") }}: {{ offer.text | default("news") }}'
