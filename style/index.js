import './shared.css';
import './places.css';
