package units

// A confusion is a pair of units that are often taken for each other.
type confusion struct {
	from, to string // dimensions
	hint     string
}

// confusions hold in both directions.
var confusions = []confusion{
	{"mass", "force", "lb and kg are units of mass, lbf, kgf and N of force; multiply a mass by g_n for its weight"},
	{"area density", "pressure", "lb is a unit of mass; a pressure is in psi, lbf/ft^2 or kgf/cm^2"},
	{"energy", "power", "W is a power, Wh an energy: multiply or divide by the time"},
	{"charge", "current", "Ah is a charge, A a current: multiply or divide by the time"},
	{"charge", "energy", "multiply a charge by the voltage for its energy"},
	{"information", "data rate", "divide by the time for a rate"},
	{"speed", "acceleration", "a speed over a time is an acceleration"},
	{"angular speed", "frequency", "write rev/s for cycles per second"},
	{"luminous flux", "luminous intensity", "a flux of 1 lm is 1 cd in a solid angle of 1 sr: multiply by the angle"},
	{"illuminance", "luminance", "lx is what falls on a surface, cd/m^2 what it shines with"},
	{"volume", "mass", "multiply a volume by the density for its mass; us_fl_oz is a volume, oz_av a mass"},
	{"length", "area", "a length times a length is an area"},
	{"area", "volume", "an area times a height is a volume"},
	{"amount", "mass", "multiply an amount by the molar mass for the mass"},
	{"amount concentration", "density", "multiply an amount by the molar mass for the mass"},
	{"temperature", "capacitance", "F is the farad here; write degF for Fahrenheit"},
	{"temperature", "charge", "C is the coulomb here; write degC for Celsius"},
	{"mass", "energy", "multiply a mass by the speed of light squared for its energy"},
}

func (c confusion) fits(from, to Unit) bool {
	return from.dim.Name() == c.from && to.dim.Name() == c.to
}
