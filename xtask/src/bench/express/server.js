// What the bench compares quotes with: the same routes by Express and Mongoose, as their manuals do it.
// Nobody signs in here, and a quote that is made writes one document: that is less than quotes does.
import express from 'express';
import mongoose from 'mongoose';

import { Event, Quote } from './models.js';

const app = express();
app.disable('x-powered-by');
app.use(express.json({ limit: '256kb' }));

const refuse = (response, status, code, message) =>
  response.status(status).json({ success: false, error: { code, message } });

const toCents = (amount) => Math.round((amount + Number.EPSILON) * 100) / 100;

function priceLine(event, people, perPerson) {
  const unit = event.pricing?.estimatedCost ?? 0;
  const quantity = perPerson ? people : 1;
  return { eventId: event._id, name: event.name, unit, quantity, total: toCents(unit * quantity) };
}

async function findEvents(ids) {
  const events = await Event.find({ _id: { $in: ids } });
  if (events.length !== new Set(ids).size) {
    throw Object.assign(new Error('some events do not exist'), { code: 'EVENTS_NOT_FOUND' });
  }
  return ids.map((id) => events.find((event) => event.id === id));
}

app.get('/api/admin/quotes/:id', async (request, response) => {
  if (!mongoose.isValidObjectId(request.params.id)) {
    return refuse(response, 404, 'QUOTE_NOT_FOUND', 'there is no such quote');
  }
  const quote = await Quote.findById(request.params.id);
  if (!quote) {
    return refuse(response, 404, 'QUOTE_NOT_FOUND', 'there is no such quote');
  }
  response.json({ success: true, data: quote });
});

app.post('/api/admin/quotes/calculate-events-price', async (request, response) => {
  const { eventIds, numberOfPeople, perPerson, currency, basePrice } = request.body;
  if (!Array.isArray(eventIds) || !(numberOfPeople >= 1) || !(basePrice >= 0)) {
    return refuse(response, 422, 'VALIDATION_ERROR', 'eventIds, numberOfPeople, basePrice');
  }
  const events = await findEvents(eventIds);
  const counted = events.filter((event) => event.pricing?.currency === currency);
  const lines = counted.map((event) => priceLine(event, numberOfPeople, perPerson));
  const eventsTotal = toCents(lines.reduce((sum, line) => sum + line.total, 0));
  const total = toCents(basePrice + eventsTotal);
  response.json({ success: true, data: { lines, basePrice, eventsTotal, total, currency } });
});

app.post('/api/admin/quotes', async (request, response) => {
  const { selectedEvents = [], basePrice, ...fields } = request.body;
  const events = await findEvents(selectedEvents.map((selected) => selected.eventId));
  const people = fields.numberOfPeople;
  let total = basePrice;
  const selections = [];
  for (const [at, event] of events.entries()) {
    const pricePerPerson = Boolean(selectedEvents[at].pricePerPerson);
    total = toCents(total + priceLine(event, people, pricePerPerson).total);
    selections.push({
      eventId: event._id,
      eventName: event.name,
      eventPrice: event.pricing?.estimatedCost ?? 0,
      eventCurrency: event.pricing?.currency ?? 'GBP',
      pricePerPerson,
    });
  }
  const quote = await Quote.create({
    ...fields,
    selectedEvents: selections,
    totalPrice: total,
    createdBy: process.env.USER_ID,
    priceHistory: selections.map(() => ({ price: total, reason: 'event_added' })),
  });
  response.status(201).json({ success: true, data: quote });
});

// Express knows a handler of errors by its four parameters.
app.use((error, _request, response, _next) => {
  const isInput = error.name === 'ValidationError' || error.code === 'EVENTS_NOT_FOUND';
  if (isInput) {
    return refuse(response, 422, error.code ?? 'VALIDATION_ERROR', error.message);
  }
  return refuse(response, 500, 'INTERNAL', 'it is not your fault');
});

await mongoose.connect(process.env.MONGODB_URI, { autoIndex: false });
const server = app.listen(Number(process.env.PORT), '127.0.0.1', (error) => {
  if (error) throw error;
});
process.once('SIGTERM', () => server.close(() => mongoose.disconnect()));
