// The models, with the fields, limits and defaults of the collections as they are in production.
import mongoose from 'mongoose';

const { Schema } = mongoose;
const { ObjectId, Mixed } = Schema.Types;
const currency = { type: String, enum: ['GBP', 'EUR', 'USD'], default: 'GBP' };
const count = (max) => ({ type: Number, required: true, min: 1, max });
const text = (maxlength) => ({ type: String, required: true, trim: true, maxlength });

const selectedEvent = new Schema({
  eventId: { type: ObjectId, ref: 'Event', required: true },
  eventName: text(200),
  eventPrice: { type: Number, required: true, min: 0 },
  eventCurrency: { type: String, required: true },
  pricePerPerson: { type: Boolean, default: false },
  addedAt: { type: Date, default: Date.now },
});

const priceChange = new Schema({
  price: { type: Number, required: true },
  reason: {
    type: String,
    enum: ['package_selection', 'recalculation', 'manual_override', 'event_added', 'event_removed'],
    required: true,
  },
  timestamp: { type: Date, default: Date.now },
  userId: { type: ObjectId, ref: 'User' },
});

const quote = new Schema(
  {
    enquiryId: { type: ObjectId, ref: 'Enquiry', required: true },
    title: { type: String, trim: true, maxlength: 200 },
    destination: { type: String, trim: true, maxlength: 100 },
    leadName: text(100),
    hotelName: text(200),
    numberOfPeople: count(100),
    numberOfRooms: count(50),
    numberOfNights: count(30),
    arrivalDate: { type: Date, required: true },
    isSuperPackage: { type: Boolean, default: false },
    whatsIncluded: text(2000),
    transferIncluded: { type: Boolean, default: false },
    activitiesIncluded: { type: String, trim: true, maxlength: 1000 },
    selectedEvents: [selectedEvent],
    totalPrice: { type: Number, required: true, min: 0, max: 1000000 },
    currency,
    version: { type: Number, default: 1, min: 1 },
    status: { type: String, enum: ['draft', 'sent', 'updated'], default: 'draft' },
    createdBy: { type: ObjectId, ref: 'User', required: true },
    emailSent: { type: Boolean, default: false },
    emailSentAt: Date,
    emailDeliveryStatus: {
      type: String,
      enum: ['pending', 'delivered', 'failed'],
      default: 'pending',
    },
    emailMessageId: String,
    internalNotes: { type: String, maxlength: 1000 },
    linkedPackage: {
      packageId: { type: ObjectId, ref: 'SuperOfferPackage' },
      packageName: String,
      packageVersion: Number,
      selectedTier: { tierIndex: Number, tierLabel: String },
      selectedNights: Number,
      selectedPeriod: String,
      calculatedPrice: Mixed,
      priceWasOnRequest: { type: Boolean, default: false },
      customPriceApplied: { type: Boolean, default: false },
      lastRecalculatedAt: Date,
    },
    priceHistory: [priceChange],
    bookingInterest: {
      expressed: { type: Boolean, default: false },
      expressedAt: Date,
      contactEmail: String,
      contactPhone: String,
      bookingUrgency: String,
      additionalRequests: String,
    },
  },
  // The indexes are there, or it is the migration's business to make them.
  { timestamps: true, collection: 'quotes', autoIndex: false, autoCreate: false },
);

const event = new Schema(
  {
    name: { type: String, required: true, minlength: 2, maxlength: 100 },
    description: { type: String, maxlength: 500 },
    categories: [{ type: ObjectId, ref: 'Category' }],
    destinations: [String],
    availableInAllDestinations: { type: Boolean, default: false },
    isActive: { type: Boolean, default: true },
    displayOrder: { type: Number, default: 0 },
    pricing: { estimatedCost: { type: Number, min: 0 }, currency: String },
    minimumPeople: { type: Number, min: 1, max: 100 },
    metadata: { createdBy: ObjectId, updatedBy: ObjectId, createdAt: Date, updatedAt: Date },
  },
  { collection: 'events', autoIndex: false, autoCreate: false },
);

export const Quote = mongoose.model('Quote', quote);
export const Event = mongoose.model('Event', event);
