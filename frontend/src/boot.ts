import { askAhead } from './api/ahead.ts';
import { firstCalls } from './data/first.ts';

askAhead(firstCalls(location.pathname));
