// Sends one message of each kind with the unmodified client: node send.mjs HOST WRITE_KEY
import { Analytics } from '@segment/analytics-node'

const [host, writeKey] = process.argv.slice(2)
const failures = []
const analytics = new Analytics({ writeKey, host, flushAt: 4, maxRetries: 0 })
analytics.on('error', (error) => failures.push(error))

analytics.identify({ userId: 'js-1', traits: { email: 'js@example.com', plan: 'pro' } })
analytics.track({ userId: 'js-1', event: 'Order Completed', properties: { revenue: 19.9 }, messageId: 'js-order' })
analytics.page({ userId: 'js-1', name: 'Home', properties: { path: '/' } })
analytics.screen({ anonymousId: 'js-anonymous', name: 'Start' })
analytics.group({ userId: 'js-1', groupId: 'acme', traits: { name: 'Acme' } })
analytics.alias({ userId: 'js-1', previousId: 'js-anonymous' })
await analytics.closeAndFlush()

if (failures.length > 0) {
  console.error(JSON.stringify(failures.map((failure) => failure.reason?.message ?? String(failure.reason ?? failure))))
  process.exit(1)
}
console.log('sent')
