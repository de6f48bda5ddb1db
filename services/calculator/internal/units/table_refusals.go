package units

// refusals are the names that stand for no unit, by convention: those that are
// in use for several units, and those of what has no fixed size.
var refusals = []refusal{
	// Names that English speakers use for several units of the same kind; the
	// values differ by up to a fifth, and nothing in a request tells which.
	{names: "ton tons", alternatives: "tonne short_ton long_ton"},
	{names: "gal gallon gallons", alternatives: "us_gallon imperial_gallon us_dry_gallon"},
	{names: "qt quart quarts", alternatives: "us_quart imperial_quart us_dry_quart"},
	{names: "pint pints", alternatives: "us_pint imperial_pint us_dry_pint"},
	{names: "cup cups", alternatives: "us_cup metric_cup us_legal_cup imperial_cup"},
	{names: "fl_oz floz fl_ozs fluid_ounce fluid_ounces", alternatives: "us_fl_oz imperial_fl_oz us_legal_fluid_ounce"},
	{names: "tbsp tbsps tablespoon tablespoons", alternatives: "us_tbsp metric_tbsp au_tbsp"},
	{names: "tsp tsps teaspoon teaspoons", alternatives: "us_tsp metric_tsp"},
	{names: "gill gills", alternatives: "us_gill imperial_gill"},
	{names: "minim minims", alternatives: "us_minim imperial_minim"},
	{names: "bushel bushels bu", alternatives: "us_bushel imperial_bushel"},
	{names: "peck pecks", alternatives: "us_peck imperial_peck"},
	{names: "hogshead hogsheads", alternatives: "us_hogshead imperial_hogshead"},
	{names: "barrel barrels", alternatives: "oil_barrel us_beer_barrel us_dry_barrel imperial_barrel"},
	{names: "mpg miles_per_gallon mile_per_gallon", alternatives: "mpg_us mpg_imp"},
	{names: "gpm gallons_per_minute", alternatives: "gpm_us gpm_imp"},
	{names: "cwt hundredweight hundredweights", alternatives: "short_hundredweight long_hundredweight"},
	{names: "oz OZ Oz ounce ounces ozs", alternatives: "oz_av oz_troy us_fl_oz imperial_fl_oz"},
	{names: "dr dram drams drachm drachms", alternatives: "avoirdupois_dram apothecary_dram us_fluid_dram"},
	{names: "scruple scruples", alternatives: "apothecary_scruple imperial_fluid_scruple"},
	{names: "cable cables", alternatives: "international_cable us_cable imperial_cable"},
	{names: "survey_acre survey_acres", alternatives: "us_survey_acre acre"},
	{names: "hp HP Hp horsepower", alternatives: "hp_mech hp_metric hp_electric"},
	{names: "cal Cal calorie calories Calorie Calories", alternatives: "cal_th cal_it", prefixes: si},
	{names: "food_calorie food_calories", alternatives: "kcal_th kcal_it"},
	{names: "therm therms", alternatives: "therm_us therm_ec"},
	{names: "point points pt pts", alternatives: "dtp_point tex_point didot_point us_pint imperial_pint"},
	{names: "pica picas", alternatives: "dtp_pica tex_pica american_pica"},
	{names: "mil mils", alternatives: "thou angular_mil"},
	{names: "link links", alternatives: "gunters_link us_survey_link"},
	{names: "assay_ton assay_tons", alternatives: "assay_ton_us"},

	// Spans of the calendar have no fixed length.
	{names: "year years yr yrs", alternatives: "julian_year gregorian_year year_365", hint: "for dates use date_calculate"},
	{names: "month months", alternatives: "gregorian_month julian_month month_30", hint: "for dates use date_calculate"},
	{names: "decade decades", alternatives: "gregorian_decade julian_decade", hint: "for dates use date_calculate"},
	{names: "century centuries", alternatives: "gregorian_century julian_century", hint: "for dates use date_calculate"},
	{names: "millennium millennia millenniums", alternatives: "gregorian_millennium julian_millennium", hint: "for dates use date_calculate"},

	// Letters that several units share.
	{names: "F", alternatives: "degF farad"},
	{names: "C", alternatives: "degC coulomb"},
	{names: "R", alternatives: "degR roentgen"},
	{names: "D", alternatives: "debye dioptre"},
	{names: "G", alternatives: "gauss g_n"},
	{names: "Gal", alternatives: "galileo us_gallon imperial_gallon"},
	{names: "a y", alternatives: "are julian_year gregorian_year"},
	{names: "kt", alternatives: "knot kilotonne ct"},
	{names: "fL", alternatives: "femtolitre footlambert"},
	{names: "px pixel pixels", alternatives: "css_px"},
	{names: "NM", alternatives: "nautical_mile"},
	{names: "'", alternatives: "ft arcmin"},
	{names: `" ''`, alternatives: "in arcsec"},
	{names: "c", alternatives: "speed_of_light us_cup metric_cup"},
	{names: "KB Kb", alternatives: "kB KiB kbit"},
	{names: "mb", alternatives: "mbar Mbit MB"},
	{names: "gb", alternatives: "GB Gbit GiB"},
	{names: "tb", alternatives: "TB Tbit TiB"},

	{names: "dB decibel decibels Np neper nepers bel bels dBm dBW dBV dBu dBA dBi dBc phon phons sone sones",
		reason: "is logarithmic: it says a ratio to a reference, not an amount",
		hint:   "compute the ratio, such as 10^(x/10) for a power in decibels"},
	{names: "pH", reason: "is logarithmic as an acidity", hint: "compute 10^-pH in M, or write picohenry"},
	{names: "magnitude richter Richter", reason: "is logarithmic and has no fixed size", hint: "compute the ratio instead"},
	{names: "psig barg psia bara psid", reason: "says against what a pressure is measured",
		hint: "write psi or bar; add 1 atm to a gauge pressure for the absolute one"},
	{names: "mach Mach", reason: "depends on the temperature of the air", hint: "multiply by the speed of sound, such as 340.3 m/s"},
	{names: "beaufort Beaufort", reason: "is a scale of ranges, not a unit", hint: "use a speed, such as m/s or kn"},
	{names: "awg AWG swg SWG gauge", reason: "is a scale of sizes, not a unit", hint: "use a diameter in mm or in"},
	{names: "IU iu international_unit international_units", reason: "is defined for each substance differently", hint: "use the mass of the substance"},
	{names: "dessertspoon dessertspoons pinch pinches dash dashes handful handfuls", reason: "has no agreed size", hint: "use us_tsp, metric_tsp or mL"},
	{names: "item items piece pieces pcs each", reason: "counts things and is no unit", hint: "leave it out: a number alone has no unit"},
	{names: "business_day business_days quarter quarters semester semesters", reason: "is a span of the calendar of no fixed length", hint: "use date_calculate"},

	{names: "$ € £ ¥ " +
		"USD EUR GBP JPY CHF CNY INR AUD CAD NZD SEK NOK DKK PLN CZK HUF RUB TRY BRL MXN ZAR KRW SGD HKD THB IDR ILS AED SAR BTC ETH " +
		"usd eur gbp jpy chf cny inr aud cad " +
		"dollar dollars euro euros yen yuan renminbi rupee rupees peso pesos franc francs ruble rubles pound_sterling sterling cent_us bitcoin bitcoins",
		reason: "is a currency: exchange rates change, and none is known here",
		hint:   "multiply by the exchange rate with calculate"},
}
