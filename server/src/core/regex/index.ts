export { compileLinear, type LinearMatch, type LinearRegex, type RegexLimits } from './linear.ts';
