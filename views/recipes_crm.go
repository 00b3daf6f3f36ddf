package views

// sheetsScript appends a row. Apps Script sees no headers, so a test is recognized by its event_id.
const sheetsScript = `function doPost(e) {
  const event = JSON.parse(e.postData.contents);
  if (event.event_id.startsWith('test_')) return done();
  const sheet = SpreadsheetApp.getActive().getSheetByName('Leads');
  const lock = LockService.getScriptLock();
  lock.waitLock(20000);
  const known = sheet.getRange('B:B').createTextFinder(event.event_id).matchEntireCell(true).findNext();
  const user = event.user_data || {}, custom = event.custom_data || {};
  if (!known) {
    sheet.appendRow([event.event_time, event.event_id, event.event_name, user.email, user.phone, user.first_name,
      user.last_name, user.external_id, custom.value, custom.currency, custom.content_name, custom.utm_source,
      event.source_url]);
  }
  lock.releaseLock();
  return done();
}

function done() { return ContentService.createTextOutput('ok'); }`

var sheetsRecipe = Recipe{
	Key: "google-sheets", Name: "Google Sheets", Column: "Column of the sheet", Code: sheetsScript,
	Intro: "The Google Sheets step of Zapier, Make or n8n is the way that shows failures as they are. An Apps Script of your own works too, but script.google.com answers every POST with a redirect (HTTP 302): the row is written, yet the log here cannot tell that from a failure and says so, and after some days without one success the webhook is switched off. Put one of the three in between, or a small function that answers 200 itself.",
	Steps: []string{
		"Make a sheet named Leads with the columns of the table, in this order.",
		"Either: begin with the webhook of Zapier, Make or n8n (below its own name here) and add its step “Create row”, filled from the table.",
		"Or: Extensions → Apps Script, paste the script, Deploy → New deployment → Web app, execute as yourself, access “Anyone”, and call its address from the function in between.",
		"Press Test Connection here. The script leaves test events out.",
	},
	Theirs: map[string]string{
		"event_name": "C, Event", "event_id": "B, Event ID: " + isTheKey, "event_time": "A, Time",
		"event_time_unix": notNeeded, "source": notNeeded, "action_source": notNeeded,
		"user_data.email": "D, Email", "user_data.phone": "E, Phone", "user_data.first_name": "F, First name",
		"user_data.last_name": "G, Last name", "user_data.external_id": "H, Submission", "custom_data.value": "I, Value",
		"custom_data.currency": "J, Currency", "custom_data.content_name": "K, Form", "custom_data.utm_source": "L, Campaign source",
		"source_url": "M, Page",
	},
}

var hubspotRecipe = Recipe{
	Key: "hubspot", Name: "HubSpot", Column: "Property of the contact (or deal)",
	Intro: "HubSpot takes contacts in its own format, so a tool stands in between. (A workflow with the trigger “When a webhook is received”, where your plan has it, is one: its address goes into Webhook URL.)",
	Steps: inBetween("HubSpot", "Create or update contact"),
	Theirs: map[string]string{
		"event_name": "a property of your own, such as last_conversion", "event_id": notNeeded + ": contacts are matched by email",
		"event_time": "a date property of your own", "event_time_unix": notNeeded, "source": notNeeded, "action_source": notNeeded,
		"user_data.email": "email", "user_data.phone": "phone", "user_data.first_name": "firstname", "user_data.last_name": "lastname",
		"user_data.external_id": "a property of your own, to find the submission again", "custom_data.value": "amount (deal)",
		"custom_data.currency": "deal_currency_code (deal)", "custom_data.content_name": "dealname (deal)",
		"custom_data.utm_source": "a property of your own; hs_analytics_source cannot be written", "source_url": "a property of your own",
	},
}

var salesforceRecipe = Recipe{
	Key: "salesforce", Name: "Salesforce", Column: "Field of the lead",
	Intro: "Salesforce takes leads in its own format and with its own sign-in, so a tool stands in between. A lead needs LastName and Company: give both a value for when the visitor left them out.",
	Steps: inBetween("Salesforce", "Create record: Lead"),
	Theirs: map[string]string{
		"event_name": "a field of your own, such as Conversion__c", "event_id": "a field of your own, marked unique and as External ID: " + isTheKey,
		"event_time": "a date/time field of your own", "event_time_unix": notNeeded, "source": "LeadSource, or a fixed word", "action_source": notNeeded,
		"user_data.email": "Email", "user_data.phone": "Phone", "user_data.first_name": "FirstName", "user_data.last_name": "LastName (required)",
		"user_data.external_id": "a field of your own", "custom_data.value": "a currency field of your own, or Amount of an opportunity",
		"custom_data.currency": "CurrencyIsoCode, with several currencies", "custom_data.content_name": "Description",
		"custom_data.utm_source": "a field of your own", "source_url": "a field of your own, type URL",
	},
}

var pipedriveRecipe = Recipe{
	Key: "pipedrive", Name: "Pipedrive", Column: "Field of the person or lead",
	Intro: "Pipedrive takes a person first and then a lead or deal of that person, each in its own format, so a tool stands in between.",
	Steps: inBetween("Pipedrive", "Create person, then Create lead"),
	Theirs: map[string]string{
		"event_name": "label of the lead", "event_id": "a field of your own: " + isTheKey, "event_time": notNeeded,
		"event_time_unix": notNeeded, "source": notNeeded, "action_source": notNeeded,
		"user_data.email": "Email (person)", "user_data.phone": "Phone (person)",
		"user_data.first_name": "Name (person), first part", "user_data.last_name": "Name (person), last part",
		"user_data.external_id": "a field of your own", "custom_data.value": "Value (lead)", "custom_data.currency": "Currency (lead)",
		"custom_data.content_name": "Title (lead)", "custom_data.utm_source": "Source channel, or a field of your own",
		"source_url": "a note of the lead",
	},
}

var ownRecipe = Recipe{
	Key: "other", Name: "Anything else", Column: "What to do with it",
	Intro: "An endpoint needs little: take POST, read JSON, answer 2xx within 30 seconds.",
	Steps: []string{
		"Look for “webhook”, “incoming webhook” or “HTTP trigger” in the tool's settings and copy that address, not the one of a page.",
		"If it asks for a key or token, put it into Custom Headers, such as Authorization: Bearer ….",
		"Press Test Connection. If it answers 400 or 422, it wants another format: put Zapier, Make or n8n in between.",
		"Leave events out whose header X-IoZen-Test is true, or whose event_id begins with test_.",
		"Answer first, work later; and keep event_id to drop what comes twice.",
	},
	Theirs: map[string]string{
		"event_name": "decide by it what to do", "event_id": isTheKey, "event_time": "the time of the conversion, not of its arrival",
		"event_time_unix": "the same, for programs", "source": notNeeded, "action_source": notNeeded,
		"user_data.email": "find or make the contact by it", "user_data.phone": "as typed; clean it before comparing",
		"user_data.first_name": "first name", "user_data.last_name": "last name",
		"user_data.external_id": "joins FieldConversion and Lead of one submission", "custom_data.value": "a number, its digits as given",
		"custom_data.currency": "with value", "custom_data.content_name": "name of the form or question",
		"custom_data.utm_source": "where the visitor came from", "source_url": "the page, query included",
	},
}
